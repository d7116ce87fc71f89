// Holds a Kafka broker to what Go clients expect of one.
//
//	clients <franz|sarama|kafkago> <bootstrap> <check>
//
// It ends with 0 when the check passes. ROUNDS (default 5) scales what is repeated.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"
)

type check func(bootstrap string)

var suites = map[string]map[string]check{"franz": franzChecks, "sarama": saramaChecks, "kafkago": kafkaGoChecks}

var (
	rounds = roundsOf(os.Getenv("ROUNDS"))
	limit  = 50*time.Second + time.Duration(rounds)*5*time.Second
	ctx, _ = context.WithTimeout(context.Background(), limit)
)

func main() {
	if len(os.Args) != 4 {
		panic("usage: clients <franz|sarama|kafkago> <bootstrap> <check>")
	}
	run, known := suites[os.Args[1]][os.Args[3]]
	if !known {
		panic("unknown check " + os.Args[3])
	}
	time.AfterFunc(limit, func() { panic(fmt.Sprintf("not done after %v", limit)) })
	run(os.Args[2])
}

func roundsOf(text string) int {
	if rounds, err := strconv.Atoi(text); err == nil && rounds > 0 {
		return rounds
	}
	return 5
}

var names atomic.Int64

// name is one that no other run against the same broker uses.
func name(prefix string) string {
	return fmt.Sprintf("%s-%d-%d", prefix, os.Getpid(), names.Add(1)) + strconv.FormatInt(time.Now().UnixNano(), 36)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func got[T any](value T, err error) T {
	must(err)
	return value
}

func expect(what string, actual, wanted any) {
	if !reflect.DeepEqual(actual, wanted) {
		panic(fmt.Sprintf("%s: got %v, wanted %v", what, actual, wanted))
	}
}

func expectError(what string, actual error, wanted ...error) {
	for _, one := range wanted {
		if actual != nil && errors.Is(actual, one) {
			return
		}
	}
	panic(fmt.Sprintf("%s: got %v, wanted one of %v", what, actual, wanted))
}

// eventually waits for what other members or the broker do in their own time.
func eventually(what string, done func() bool) {
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			panic("not within 30 s: " + what)
		}
	}
}

func pointer[T any](value T) *T { return &value }
