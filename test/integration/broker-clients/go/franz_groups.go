package main

import (
	"context"
	"fmt"
	"math/rand"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ownership is who has which partition at a moment, and that nobody took what another still had.
type ownership struct {
	lock   sync.Mutex
	owners map[int32]string
	lost   map[string]int // partitions given back, of each member
	seen   map[string]int
	wrong  []string
}

func newOwnership() *ownership {
	return &ownership{owners: map[int32]string{}, lost: map[string]int{}, seen: map[string]int{}}
}

func (o *ownership) assigned(member string, partitions []int32) {
	o.lock.Lock()
	defer o.lock.Unlock()
	for _, partition := range partitions {
		if owner, taken := o.owners[partition]; taken {
			o.wrong = append(o.wrong, fmt.Sprintf("%s got %d, which %s had", member, partition, owner))
		}
		o.owners[partition] = member
	}
}

func (o *ownership) revoked(member string, partitions []int32) {
	o.lock.Lock()
	defer o.lock.Unlock()
	for _, partition := range partitions {
		delete(o.owners, partition)
		o.lost[member]++
	}
}

func (o *ownership) saw(value string) {
	o.lock.Lock()
	defer o.lock.Unlock()
	o.seen[value]++
}

func (o *ownership) distinct() int {
	o.lock.Lock()
	defer o.lock.Unlock()
	return len(o.seen)
}

// shares are how many partitions each member has, smallest first.
func (o *ownership) shares() []int {
	o.lock.Lock()
	defer o.lock.Unlock()
	counts := map[string]int{}
	for _, owner := range o.owners {
		counts[owner]++
	}
	var shares []int
	for _, count := range counts {
		shares = append(shares, count)
	}
	slices.Sort(shares)
	return shares
}

func (o *ownership) become(wanted ...int) {
	eventually(fmt.Sprintf("shares %v", wanted), func() bool { return slices.Equal(o.shares(), wanted) })
}

// franzMember consumes until it is stopped; what it saw is committed when it leaves.
func franzMember(bootstrap, topic, group, member string, all *ownership, options ...kgo.Opt) (stop func()) {
	assigned := func(_ context.Context, _ *kgo.Client, byTopic map[string][]int32) {
		all.assigned(member, byTopic[topic])
	}
	lost := func(_ context.Context, _ *kgo.Client, byTopic map[string][]int32) {
		all.revoked(member, byTopic[topic])
	}
	revoked := func(ctx context.Context, client *kgo.Client, byTopic map[string][]int32) {
		client.CommitUncommittedOffsets(ctx)
		lost(ctx, client, byTopic)
	}
	client := franzClient(bootstrap, append([]kgo.Opt{
		kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.HeartbeatInterval(200 * time.Millisecond), kgo.SessionTimeout(10 * time.Second),
		kgo.OnPartitionsAssigned(assigned), kgo.OnPartitionsRevoked(revoked), kgo.OnPartitionsLost(lost),
	}, options...)...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			fetches := client.PollFetches(ctx)
			if fetches.IsClientClosed() {
				return
			}
			must(fetches.Err())
			fetches.EachRecord(func(record *kgo.Record) { all.saw(string(record.Value)) })
		}
	}()
	return func() {
		client.Close()
		<-done
	}
}

func franzRebalance(balancer kgo.GroupBalancer, more ...kgo.Opt) check {
	return func(bootstrap string) {
		const partitions, batch = 9, 90
		topic, group, all := franzTopic(bootstrap, partitions, nil), name("g"), newOwnership()
		options := append(more, kgo.Balancers(balancer))
		join := func(member string) func() { return franzMember(bootstrap, topic, group, member, all, options...) }
		produced := 0
		produce := func() {
			franzProduce(bootstrap, franzNumbered(topic, produced, batch, partitions))
			produced += batch
			eventually("every record is seen", func() bool { return all.distinct() == produced })
		}
		stopFirst := join("first")
		all.become(9)
		produce()
		stopSecond := join("second")
		all.become(4, 5)
		if balancer.IsCooperative() {
			expect("the first member keeps what the second does not get", all.lost["first"], 4)
		}
		stopThird := join("third")
		all.become(3, 3, 3)
		produce()
		stopFirst()
		all.become(4, 5)
		produce()
		stopSecond()
		all.become(9)
		produce()
		stopThird()
		expect("taken twice", all.wrong, []string(nil))
		expect("committed", franzCommitted(bootstrap, group), int64(produced))
	}
}

func franzCommitted(bootstrap, group string) (sum int64) {
	admin := franzAdmin(bootstrap)
	defer admin.Close()
	for _, offset := range got(admin.FetchOffsets(ctx, group)).Offsets().Sorted() {
		sum += offset.At
	}
	return sum
}

func franzStaticMember(bootstrap string) {
	topic, group, all := franzTopic(bootstrap, 4, nil), name("g"), newOwnership()
	join := func(member string) func() {
		return franzMember(bootstrap, topic, group, member, all, kgo.InstanceID(member), kgo.Balancers(kgo.RangeBalancer()))
	}
	stopFirst := join("first")
	all.become(4)
	stopSecond := join("second")
	defer stopSecond()
	all.become(2, 2)
	lost := all.lost["second"]
	stopFirst() // a static member does not leave the group
	all.become(2)
	stopFirst = join("first")
	defer stopFirst()
	all.become(2, 2)
	expect("the other member was not asked to give anything back", all.lost["second"], lost)
}

func franzRegex(bootstrap string) {
	prefix, group := name("r"), name("g")
	admin := franzAdmin(bootstrap)
	defer admin.Close()
	got(admin.CreateTopic(ctx, 1, 1, nil, prefix+"-a"))
	consumer := franzClient(bootstrap, kgo.ConsumeRegex(), kgo.ConsumeTopics(prefix+"-.*"), kgo.ConsumerGroup(group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.MetadataMaxAge(300*time.Millisecond),
		kgo.HeartbeatInterval(200*time.Millisecond))
	defer consumer.Close()
	for _, topic := range []string{prefix + "-a", prefix + "-b"} {
		admin.CreateTopic(ctx, 1, 1, nil, topic)
		franzProduce(bootstrap, []*kgo.Record{{Topic: topic, Value: []byte("v")}}, kgo.UnknownTopicRetries(20))
		fetches := consumer.PollFetches(ctx)
		must(fetches.Err())
		expect("topic", fetches.Records()[0].Topic, topic)
	}
}

// transformer copies a topic exactly once with several sessions of one group: partition to same partition, in order.
type transformer struct {
	bootstrap, input, output, group string
	partitions                      int32
	random                          *rand.Rand // aborts; nil for none
	lock                            sync.Mutex
	aborted, committed              int
}

func newTransformer(bootstrap string, partitions int32, random *rand.Rand) *transformer {
	return &transformer{
		bootstrap: bootstrap, input: franzTopic(bootstrap, partitions, nil), output: franzTopic(bootstrap, partitions, nil),
		group: name("g"), partitions: partitions, random: random,
	}
}

func (t *transformer) aborts() kgo.TransactionEndTry {
	t.lock.Lock()
	defer t.lock.Unlock()
	return kgo.TransactionEndTry(t.random.Intn(5) > 0)
}

func (t *transformer) ended(committed bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if committed {
		t.committed++
	} else {
		t.aborted++
	}
}

// join starts a session. `leave` ends it between two transactions, or, `abandoned`, within one that it never ends.
func (t *transformer) join(transactionalID string) (leave func(abandoned bool)) {
	session := got(kgo.NewGroupTransactSession(
		kgo.SeedBrokers(t.bootstrap), kgo.TransactionalID(transactionalID), kgo.ConsumerGroup(t.group),
		kgo.ConsumeTopics(t.input), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(100*time.Millisecond),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.HeartbeatInterval(200*time.Millisecond), kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.TransactionTimeout(20*time.Second), kgo.SessionTimeout(6*time.Second), kgo.RebalanceTimeout(10*time.Second),
	))
	// The producer id now and not with the first record, which may never come: an abandoned transaction is aborted here.
	// Asked again where the broker is just being restarted: franz-go dials once for it.
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, _, err := session.Client().ProducerID(ctx)
		if err == nil || time.Now().After(deadline) {
			must(err)
			break
		}
	}
	leaving, stop := context.WithCancel(ctx)
	abandon, done := false, make(chan struct{})
	go func() {
		defer close(done)
		for leaving.Err() == nil {
			fetches := session.PollRecords(leaving, 20)
			if leaving.Err() != nil && !abandon {
				return
			}
			must(session.Begin())
			fetches.EachRecord(func(record *kgo.Record) {
				copied := &kgo.Record{Topic: t.output, Partition: record.Partition, Value: record.Value}
				session.Produce(ctx, copied, nil)
			})
			if leaving.Err() != nil && abandon {
				// What was polled last may be nothing: then the transaction begins with a record of its own.
				extra := &kgo.Record{Topic: t.output, Partition: 0, Value: []byte("abandoned")}
				session.Produce(ctx, extra, nil)
				must(session.Client().Flush(ctx))
				return
			}
			committed, err := session.End(ctx, t.aborts())
			must(err)
			t.ended(committed)
		}
	}()
	return func(abandoned bool) {
		abandon = abandoned
		stop()
		<-done
		session.Close()
	}
}

// expectCopied waits until everything produced so far is committed to the output: each record once, and in order.
func (t *transformer) expectCopied(sent []*kgo.Record) {
	read := franzConsume(t.bootstrap, t.output, len(sent), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	expect("output", franzValues(read), franzValues(sent))
}

// expectNothingElse ends the output with records of its own and sees them right after what was sent.
func (t *transformer) expectNothingElse(sent []*kgo.Record) {
	last := franzNumbered(t.output, len(sent), int(t.partitions), int(t.partitions))
	franzProduce(t.bootstrap, last)
	t.expectCopied(append(sent, last...))
	expect("offsets", franzCommitted(t.bootstrap, t.group), int64(len(sent)))
}

func franzExactlyOnce(bootstrap string) {
	t := newTransformer(bootstrap, 4, rand.New(rand.NewSource(7)))
	sent := franzNumbered(t.input, 0, 2000, 4)
	first, second := name("tx"), name("tx")
	leaveFirst := t.join(first)
	franzProduce(bootstrap, sent[:1000])
	leaveSecond := t.join(second)
	franzProduce(bootstrap, sent[1000:1500])
	leaveFirst(false)
	leaveThird := t.join(name("tx"))
	franzProduce(bootstrap, sent[1500:])
	t.expectCopied(sent)
	leaveSecond(false)
	leaveThird(false)
	expect("some transactions were aborted", t.aborted > 0, true)
	t.expectNothingElse(sent)
}

// franzEndurance replaces a random member of three in each round, now and then in the middle of a transaction: a new one
// with the same transactional id aborts that.
func franzEndurance(bootstrap string) {
	random := rand.New(rand.NewSource(int64(rounds)))
	t := newTransformer(bootstrap, 6, rand.New(rand.NewSource(1)))
	ids := []string{name("tx"), name("tx"), name("tx")}
	leave := make([]func(bool), len(ids))
	for i, id := range ids {
		leave[i] = t.join(id)
	}
	var sent []*kgo.Record
	for round := range rounds {
		records := franzNumbered(t.input, len(sent), 300, 6)
		sent = append(sent, records...)
		franzProduce(bootstrap, records[:200])
		i := random.Intn(len(ids))
		leave[i](random.Intn(2) == 0)
		franzProduce(bootstrap, records[200:])
		leave[i] = t.join(ids[i])
		t.expectCopied(sent)
		fmt.Printf("round %d: %d records copied, %d transactions committed, %d aborted\n", round, len(sent), t.committed, t.aborted)
	}
	for _, each := range leave {
		each(false)
	}
	t.expectNothingElse(sent)
}
