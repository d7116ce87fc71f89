package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

var saramaChecks = map[string]check{
	"produce_consume_none":     saramaCodec(sarama.CompressionNone),
	"produce_consume_gzip":     saramaCodec(sarama.CompressionGZIP),
	"produce_consume_snappy":   saramaCodec(sarama.CompressionSnappy),
	"produce_consume_lz4":      saramaCodec(sarama.CompressionLZ4),
	"produce_consume_zstd":     saramaCodec(sarama.CompressionZSTD),
	"idempotent":               saramaIdempotent,
	"transactions":             saramaTransactions,
	"consumer_group_2_members": saramaGroup,
	"cluster_admin":            saramaAdmin,
}

func saramaConfig() *sarama.Config {
	sarama.Logger = log.New(io.Discard, "", 0)
	config := sarama.NewConfig()
	config.Version = sarama.V4_1_0_0
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.Heartbeat.Interval = 200 * time.Millisecond
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	return config
}

func saramaNumbered(topic string, from, count, partitions int) []*sarama.ProducerMessage {
	messages := make([]*sarama.ProducerMessage, count)
	for i := range messages {
		messages[i] = &sarama.ProducerMessage{
			Topic: topic, Partition: int32((from + i) % partitions), Value: sarama.StringEncoder(fmt.Sprintf("%06d %050d", from+i, 0)),
			Headers: []sarama.RecordHeader{{Key: []byte("h"), Value: []byte("1")}},
		}
	}
	return messages
}

func saramaProduce(bootstrap string, config *sarama.Config, messages []*sarama.ProducerMessage) {
	producer := got(sarama.NewSyncProducer([]string{bootstrap}, config))
	defer producer.Close()
	must(producer.SendMessages(messages))
}

// saramaConsume reads values of one partition.
func saramaConsume(bootstrap string, config *sarama.Config, topic string, partition int32, count int) []string {
	consumer := got(sarama.NewConsumer([]string{bootstrap}, config))
	defer consumer.Close()
	claim := got(consumer.ConsumePartition(topic, partition, sarama.OffsetOldest))
	defer claim.Close()
	var values []string
	for len(values) < count {
		select {
		case message := <-claim.Messages():
			values = append(values, string(message.Value))
		case <-ctx.Done():
			panic(fmt.Sprintf("only %d of %d records", len(values), count))
		}
	}
	return values
}

func saramaValues(messages []*sarama.ProducerMessage, partition int32) (values []string) {
	for _, message := range messages {
		if message.Partition == partition {
			values = append(values, string(got(message.Value.Encode())))
		}
	}
	return values
}

func saramaCodec(codec sarama.CompressionCodec) check {
	return func(bootstrap string) {
		topic, config := franzTopic(bootstrap, 2, nil), saramaConfig()
		config.Producer.Compression = codec
		sent := saramaNumbered(topic, 0, 1000, 2)
		saramaProduce(bootstrap, config, sent)
		for partition := range int32(2) {
			expect("values", saramaConsume(bootstrap, config, topic, partition, 500), saramaValues(sent, partition))
		}
	}
}

func saramaIdempotent(bootstrap string) {
	topic, config := franzTopic(bootstrap, 1, nil), saramaConfig()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Net.MaxOpenRequests = 1
	sent := saramaNumbered(topic, 0, 5000, 1)
	saramaProduce(bootstrap, config, sent)
	expect("values", saramaConsume(bootstrap, config, topic, 0, len(sent)), saramaValues(sent, 0))
}

func saramaTransactions(bootstrap string) {
	topic, group, config := franzTopic(bootstrap, 1, nil), name("g"), saramaConfig()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Transaction.ID = name("tx")
	config.Net.MaxOpenRequests = 1
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	producer := got(sarama.NewSyncProducer([]string{bootstrap}, config))
	var committed []*sarama.ProducerMessage
	for i := range 2 * rounds {
		messages := saramaNumbered(topic, 10*i, 10, 1)
		must(producer.BeginTxn())
		must(producer.SendMessages(messages))
		offsets := map[string][]*sarama.PartitionOffsetMetadata{topic: {{Partition: 0, Offset: int64(i), LeaderEpoch: -1}}}
		must(producer.AddOffsetsToTxn(offsets, group))
		if i%2 == 0 {
			must(producer.CommitTxn())
			committed = append(committed, messages...)
		} else {
			must(producer.AbortTxn())
		}
	}
	must(producer.Close())
	expect("committed", saramaConsume(bootstrap, config, topic, 0, len(committed)), saramaValues(committed, 0))
	expect("offset", franzCommitted(bootstrap, group), int64(2*rounds-2))
}

// saramaMember tells an ownership what it has and sees.
type saramaMember struct {
	name  string
	topic string
	all   *ownership
	lock  sync.Mutex
}

func (m *saramaMember) Setup(session sarama.ConsumerGroupSession) error {
	m.all.assigned(m.name, session.Claims()[m.topic])
	return nil
}

func (m *saramaMember) Cleanup(session sarama.ConsumerGroupSession) error {
	m.all.revoked(m.name, session.Claims()[m.topic])
	return nil
}

func (m *saramaMember) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.all.saw(string(message.Value))
		session.MarkMessage(message, "")
	}
	return nil
}

func saramaJoin(bootstrap, group, topic, member string, all *ownership) (stop func()) {
	consumer := got(sarama.NewConsumerGroup([]string{bootstrap}, group, saramaConfig()))
	leaving, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for leaving.Err() == nil {
			err := consumer.Consume(leaving, []string{topic}, &saramaMember{name: member, topic: topic, all: all})
			if !errors.Is(err, context.Canceled) {
				must(err)
			}
		}
	}()
	return func() {
		cancel()
		<-done
		must(consumer.Close())
	}
}

func saramaGroup(bootstrap string) {
	topic, group, all := franzTopic(bootstrap, 4, nil), name("g"), newOwnership()
	produced := 0
	produce := func() {
		saramaProduce(bootstrap, saramaConfig(), saramaNumbered(topic, produced, 100, 4))
		produced += 100
		eventually("every record is seen", func() bool { return all.distinct() == produced })
	}
	stopFirst := saramaJoin(bootstrap, group, topic, "first", all)
	all.become(4)
	stopSecond := saramaJoin(bootstrap, group, topic, "second", all)
	all.become(2, 2)
	produce()
	stopFirst()
	all.become(4)
	produce()
	stopSecond()
	expect("taken twice", all.wrong, []string(nil))
	expect("committed", franzCommitted(bootstrap, group), int64(produced))
}

func saramaAdmin(bootstrap string) {
	admin := got(sarama.NewClusterAdmin([]string{bootstrap}, saramaConfig()))
	defer admin.Close()
	topic, group := name("t"), name("g")
	detail := &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1, ConfigEntries: map[string]*string{"retention.ms": pointer("1000")}}
	must(admin.CreateTopic(topic, detail, true))
	must(admin.CreateTopic(topic, detail, false))
	expectError("exists", admin.CreateTopic(topic, detail, false), sarama.ErrTopicAlreadyExists)
	eventually("listed", func() bool {
		listed := got(admin.ListTopics())[topic]
		return listed.NumPartitions == 2 && listed.ConfigEntries["retention.ms"] != nil && *listed.ConfigEntries["retention.ms"] == "1000"
	})
	must(admin.IncrementalAlterConfig(sarama.TopicResource, topic, map[string]sarama.IncrementalAlterConfigsEntry{
		"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: pointer("2000")},
	}, false))
	eventually("altered", func() bool {
		configs := got(admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"retention.ms"}}))
		return len(configs) == 1 && configs[0].Value == "2000"
	})
	must(admin.CreatePartitions(topic, 3, nil, false))
	eventually("three partitions", func() bool { return len(got(admin.DescribeTopics([]string{topic}))[0].Partitions) == 3 })

	saramaProduce(bootstrap, saramaConfig(), saramaNumbered(topic, 0, 9, 3))
	must(admin.DeleteRecords(topic, map[int32]int64{0: 2}))
	all := newOwnership()
	stop := saramaJoin(bootstrap, group, topic, "member", all)
	eventually("every record is seen", func() bool { return all.distinct() == 7 })
	described := got(admin.DescribeConsumerGroups([]string{group}))[0]
	expect("described", []any{described.State, len(described.Members)}, []any{"Stable", 1})
	stop()
	expect("listed groups", got(admin.ListConsumerGroups())[group], "consumer")
	offsets := got(admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0, 1, 2}}))
	expect("offset", offsets.GetBlock(topic, 0).Offset, int64(3))
	must(admin.DeleteConsumerGroupOffset(group, topic, 0))
	must(admin.DeleteConsumerGroup(group))
	expectError("delete it again", admin.DeleteConsumerGroup(group), sarama.ErrGroupIDNotFound)

	brokers, controller, err := admin.DescribeCluster()
	must(err)
	expect("brokers, controller", []any{len(brokers), controller}, []any{1, brokers[0].ID()})
	folders := got(admin.DescribeLogDirs([]int32{brokers[0].ID()}))[brokers[0].ID()]
	expect("in the log folder", slices.ContainsFunc(folders[0].Topics, func(each sarama.DescribeLogDirsResponseTopic) bool { return each.Topic == topic }), true)
	_, err = admin.ListAcls(sarama.AclFilter{ResourceType: sarama.AclResourceAny, Operation: sarama.AclOperationAny, PermissionType: sarama.AclPermissionAny, ResourcePatternTypeFilter: sarama.AclPatternAny})
	expectError("access control lists without an authorizer", err, sarama.ErrSecurityDisabled)
	must(admin.DeleteTopic(topic))
	expectError("delete it again", admin.DeleteTopic(topic), sarama.ErrUnknownTopicOrPartition)
}
