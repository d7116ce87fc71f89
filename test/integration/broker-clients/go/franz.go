package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

var franzChecks = map[string]check{
	"produce_consume_none":                franzCodec(kgo.NoCompression(), 0),
	"produce_consume_gzip":                franzCodec(kgo.GzipCompression(), 1),
	"produce_consume_snappy":              franzCodec(kgo.SnappyCompression(), 2),
	"produce_consume_lz4":                 franzCodec(kgo.Lz4Compression(), 3),
	"produce_consume_zstd":                franzCodec(kgo.ZstdCompression(), 4),
	"headers_nulls_timestamps":            franzHeadersNullsTimestamps,
	"idempotent_50k_ordered":              franzIdempotentOrdered,
	"consume_after_time_exact_relative":   franzOffsets,
	"errors_too_large_unknown_invalid":    franzErrors,
	"transactions_commit_abort":           franzTransactions,
	"transactions_fencing":                franzFencing,
	"group_transact_session_eos":          franzExactlyOnce,
	"endurance_transact_sessions":         franzEndurance,
	"rebalance_range_3":                   franzRebalance(kgo.RangeBalancer()),
	"rebalance_roundrobin_3":              franzRebalance(kgo.RoundRobinBalancer()),
	"rebalance_sticky_3":                  franzRebalance(kgo.StickyBalancer()),
	"rebalance_cooperative_sticky_3":      franzRebalance(kgo.CooperativeStickyBalancer()),
	"rebalance_kip848_3":                  franzRebalance(kgo.StickyBalancer(), kgo.ServerSideBalancer()),
	"kadm_topics_configs_partitions":      franzTopics,
	"kadm_delete_records_list_offsets":    franzDeleteRecords,
	"kadm_groups_offsets_lag":             franzGroups,
	"kadm_describe_transactions_cluster":  franzCluster,
	"static_member_keeps_its_assignment":  franzStaticMember,
	"regex_subscription_sees_a_new_topic": franzRegex,
}

func franzClient(bootstrap string, options ...kgo.Opt) *kgo.Client {
	return got(kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(bootstrap),
		kgo.FetchMaxWait(100 * time.Millisecond),
		kgo.MetadataMinAge(100 * time.Millisecond),
	}, options...)...))
}

func franzAdmin(bootstrap string) *kadm.Client { return kadm.NewClient(franzClient(bootstrap)) }

// franzTopic makes a topic and waits until its partitions serve.
func franzTopic(bootstrap string, partitions int32, configs map[string]*string) string {
	topic := name("t")
	admin := franzAdmin(bootstrap)
	defer admin.Close()
	got(admin.CreateTopic(ctx, partitions, 1, configs, topic))
	eventually("leaders of "+topic, func() bool {
		offsets, err := admin.ListEndOffsets(ctx, topic)
		return err == nil && offsets.Error() == nil && len(offsets[topic]) == int(partitions)
	})
	return topic
}

func franzProduce(bootstrap string, records []*kgo.Record, options ...kgo.Opt) {
	producer := franzClient(bootstrap, append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	defer producer.Close()
	must(producer.ProduceSync(ctx, records...).FirstErr())
}

// franzNumbered are records that count up, spread evenly over the partitions.
func franzNumbered(topic string, from, count, partitions int) []*kgo.Record {
	records := make([]*kgo.Record, count)
	for i := range records {
		value := []byte(fmt.Sprintf("%06d of a value that compresses well well well", from+i))
		records[i] = &kgo.Record{Topic: topic, Partition: int32((from + i) % partitions), Value: value}
	}
	return records
}

func franzConsume(bootstrap, topic string, count int, options ...kgo.Opt) []*kgo.Record {
	consumer := franzClient(bootstrap, append([]kgo.Opt{
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}, options...)...)
	defer consumer.Close()
	var records []*kgo.Record
	for len(records) < count {
		fetches := consumer.PollFetches(ctx)
		must(fetches.Err())
		records = append(records, fetches.Records()...)
	}
	return records
}

// franzValues are those of each partition, in the order of their offsets.
func franzValues(records []*kgo.Record) map[int32][]string {
	values := map[int32][]string{}
	for _, record := range records {
		values[record.Partition] = append(values[record.Partition], string(record.Value))
	}
	return values
}

func franzCodec(codec kgo.CompressionCodec, code uint8) check {
	return func(bootstrap string) {
		topic := franzTopic(bootstrap, 3, nil)
		sent := franzNumbered(topic, 0, 2000, 3)
		franzProduce(bootstrap, sent, kgo.ProducerBatchCompression(codec))
		read := franzConsume(bootstrap, topic, len(sent))
		expect("values", franzValues(read), franzValues(sent))
		for _, record := range read {
			expect("codec", record.Attrs.CompressionType(), code)
		}
	}
}

func franzHeadersNullsTimestamps(bootstrap string) {
	topic := franzTopic(bootstrap, 1, nil)
	at := time.UnixMilli(1_700_000_000_123)
	headers := []kgo.RecordHeader{{Key: "h", Value: []byte("1")}, {Key: "h", Value: []byte{}}, {Key: "", Value: nil}}
	franzProduce(bootstrap, []*kgo.Record{
		{Topic: topic, Key: []byte("k"), Value: []byte("v"), Headers: headers, Timestamp: at},
		{Topic: topic, Timestamp: at.Add(time.Hour)},
		{Topic: topic, Key: []byte{}, Value: []byte{}, Timestamp: at.Add(-time.Hour)},
	})
	read := franzConsume(bootstrap, topic, 3)
	expect("key, value", []string{string(read[0].Key), string(read[0].Value)}, []string{"k", "v"})
	expect("headers", read[0].Headers, headers)
	expect("null key, null value", []bool{read[1].Key == nil, read[1].Value == nil}, []bool{true, true})
	expect("empty key, empty value", []bool{read[2].Key == nil, read[2].Value == nil}, []bool{false, false})
	for i, wanted := range []time.Time{at, at.Add(time.Hour), at.Add(-time.Hour)} {
		expect("create time", []int64{read[i].Timestamp.UnixMilli(), int64(read[i].Attrs.TimestampType())}, []int64{wanted.UnixMilli(), 0})
	}
	appended := franzTopic(bootstrap, 1, map[string]*string{"message.timestamp.type": pointer("LogAppendTime")})
	franzProduce(bootstrap, []*kgo.Record{{Topic: appended, Value: []byte("v"), Timestamp: at}})
	record := franzConsume(bootstrap, appended, 1)[0]
	expect("append time", record.Attrs.TimestampType(), int8(1))
	expect("append time is now", time.Since(record.Timestamp).Abs() < time.Minute, true)
}

func franzIdempotentOrdered(bootstrap string) {
	topic := franzTopic(bootstrap, 1, nil)
	sent := franzNumbered(topic, 0, 50_000, 1)
	franzProduce(bootstrap, sent, kgo.ProducerLinger(time.Millisecond), kgo.MaxBufferedRecords(len(sent)))
	read := franzConsume(bootstrap, topic, len(sent))
	expect("values", franzValues(read), franzValues(sent))
	expect("last offset", read[len(read)-1].Offset, int64(len(sent)-1))
}

func franzOffsets(bootstrap string) {
	topic := franzTopic(bootstrap, 1, nil)
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	for i := range 20 { // a batch each, so that times lie in batches of their own too
		franzProduce(bootstrap, []*kgo.Record{{Topic: topic, Value: []byte{byte(i)}, Timestamp: at.Add(time.Duration(i) * time.Second)}})
	}
	start, end := kgo.NewOffset().AtStart(), kgo.NewOffset().AtEnd()
	first := func(offset kgo.Offset) int64 {
		options := kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: offset}})
		consumer := franzClient(bootstrap, options, kgo.ConsumeResetOffset(start))
		defer consumer.Close()
		fetches := consumer.PollFetches(ctx)
		must(fetches.Err())
		return fetches.Records()[0].Offset
	}
	for what, test := range map[string]struct {
		offset kgo.Offset
		wanted int64
	}{
		"start":                 {start, 0},
		"start, relative":       {start.Relative(3), 3},
		"end, relative":         {end.Relative(-5), 15},
		"exact":                 {kgo.NewOffset().At(7), 7},
		"exact, relative":       {kgo.NewOffset().At(7).Relative(2), 9},
		"after a time":          {kgo.NewOffset().AfterMilli(at.Add(4500 * time.Millisecond).UnixMilli()), 5},
		"at a time":             {kgo.NewOffset().AfterMilli(at.Add(6 * time.Second).UnixMilli()), 6},
		"beyond the end, reset": {kgo.NewOffset().At(1000), 0},
	} {
		expect(what, first(test.offset), test.wanted)
	}
}

func franzErrors(bootstrap string) {
	topic := franzTopic(bootstrap, 1, nil)
	producer := franzClient(bootstrap,
		kgo.ProducerBatchMaxBytes(5<<20), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.UnknownTopicRetries(1), kgo.RecordRetries(1))
	defer producer.Close()
	send := func(topic string, bytes int) error {
		return producer.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: make([]byte, bytes)}).FirstErr()
	}
	expectError("2 MB", send(topic, 2<<20), kerr.MessageTooLarge)
	must(send(topic, 900_000))
	expectError("unknown topic", send(name("unknown"), 1), kerr.UnknownTopicOrPartition)
	expectError("invalid topic", send("in valid", 1), kerr.InvalidTopicException)

	consumer := franzClient(bootstrap, kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().At(1000)}}))
	defer consumer.Close()
	expectError("out of range", consumer.PollFetches(ctx).Err(), kerr.OffsetOutOfRange)

	admin := franzAdmin(bootstrap)
	defer admin.Close()
	create := func(partitions int32, replicas int16, configs map[string]*string, topic string) error {
		_, err := admin.CreateTopic(ctx, partitions, replicas, configs, topic)
		return err
	}
	expectError("exists", create(1, 1, nil, topic), kerr.TopicAlreadyExists)
	expectError("no partitions", create(0, 1, nil, name("t")), kerr.InvalidPartitions)
	expectError("two replicas", create(1, 2, nil, name("t")), kerr.InvalidReplicationFactor)
	expectError("bad config", create(1, 1, map[string]*string{"retention.ms": pointer("x")}, name("t")), kerr.InvalidConfig)
	expectError("long name", create(1, 1, nil, strings.Repeat("x", 250)), kerr.InvalidTopicException)
	_, err := admin.DeleteTopic(ctx, name("unknown"))
	expectError("delete an unknown topic", err, kerr.UnknownTopicOrPartition)
	deleted := got(admin.DeleteGroups(ctx, name("unknown")))
	expectError("delete an unknown group", deleted.Error(), kerr.GroupIDNotFound)
}

func franzTransactions(bootstrap string) {
	topic := franzTopic(bootstrap, 2, nil)
	producer := franzClient(bootstrap, kgo.TransactionalID(name("tx")), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer producer.Close()
	var committed, all []*kgo.Record
	for i := range 4 * rounds {
		records := franzNumbered(topic, 10*i, 10, 2)
		must(producer.BeginTransaction())
		must(producer.ProduceSync(ctx, records...).FirstErr())
		must(producer.EndTransaction(ctx, kgo.TransactionEndTry(i%2 == 0)))
		all = append(all, records...)
		if i%2 == 0 {
			committed = append(committed, records...)
		}
	}
	readCommitted := kgo.FetchIsolationLevel(kgo.ReadCommitted())
	expect("committed", franzValues(franzConsume(bootstrap, topic, len(committed), readCommitted)), franzValues(committed))
	expect("all", franzValues(franzConsume(bootstrap, topic, len(all))), franzValues(all))

	must(producer.BeginTransaction())
	must(producer.ProduceSync(ctx, franzNumbered(topic, 0, 2, 2)...).FirstErr())
	admin := franzAdmin(bootstrap)
	defer admin.Close()
	held := func() int64 {
		stable, _ := got(admin.ListCommittedOffsets(ctx, topic)).Lookup(topic, 0)
		end, _ := got(admin.ListEndOffsets(ctx, topic)).Lookup(topic, 0)
		return end.Offset - stable.Offset
	}
	expect("records that an open transaction holds back", held(), int64(1))
	must(producer.EndTransaction(ctx, kgo.TryAbort))
	eventually("the last stable offset moves", func() bool { return held() == 0 })
}

func franzFencing(bootstrap string) {
	topic := franzTopic(bootstrap, 1, nil)
	id := kgo.TransactionalID(name("tx"))
	begin := func(value string) (*kgo.Client, error) {
		producer := franzClient(bootstrap, id)
		must(producer.BeginTransaction())
		return producer, producer.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte(value)}).FirstErr()
	}
	first, err := begin("fenced")
	must(err)
	defer first.Close()
	second, err := begin("kept")
	must(err)
	defer second.Close()
	err = first.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("of a zombie")}).FirstErr()
	expectError("produce when fenced", err, kerr.InvalidProducerEpoch, kerr.ProducerFenced)
	must(second.EndTransaction(ctx, kgo.TryCommit))
	read := franzConsume(bootstrap, topic, 1, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	expect("committed", franzValues(read), map[int32][]string{0: {"kept"}})
}
