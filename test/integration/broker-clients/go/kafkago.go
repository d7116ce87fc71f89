package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

var kafkaGoChecks = map[string]check{
	"produce_consume_none":            kafkaGoCodec(0),
	"produce_consume_gzip":            kafkaGoCodec(kafka.Gzip),
	"produce_consume_snappy":          kafkaGoCodec(kafka.Snappy),
	"produce_consume_lz4":             kafkaGoCodec(kafka.Lz4),
	"produce_consume_zstd":            kafkaGoCodec(kafka.Zstd),
	"consumer_group_commit_resume":    kafkaGoGroup,
	"client_api_create_delete_topics": kafkaGoTopics,
	"low_level_conn_offsets_topics":   kafkaGoConn,
}

func kafkaGoProduce(bootstrap, topic string, codec kafka.Compression, from, count int) {
	writer := &kafka.Writer{
		Addr: kafka.TCP(bootstrap), Topic: topic, Compression: codec, RequiredAcks: kafka.RequireAll, BatchTimeout: 5 * time.Millisecond,
	}
	defer writer.Close()
	messages := make([]kafka.Message, count)
	for i := range messages {
		messages[i] = kafka.Message{
			Key: []byte("k"), Value: []byte(strconv.Itoa(from + i)), Headers: []kafka.Header{{Key: "h", Value: []byte("1")}},
		}
	}
	must(writer.WriteMessages(ctx, messages...))
}

func kafkaGoCodec(codec kafka.Compression) check {
	return func(bootstrap string) {
		topic := franzTopic(bootstrap, 1, nil)
		kafkaGoProduce(bootstrap, topic, codec, 0, 1000)
		reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{bootstrap}, Topic: topic, MaxWait: 100 * time.Millisecond})
		defer reader.Close()
		for i := range 1000 {
			message := got(reader.ReadMessage(ctx))
			read := fmt.Sprint(string(message.Key), string(message.Value), message.Headers[0].Key, message.Offset)
			expect("record", read, fmt.Sprint("k", strconv.Itoa(i), "h", i))
		}
	}
}

func kafkaGoGroup(bootstrap string) {
	topic, group := franzTopic(bootstrap, 3, nil), name("g")
	seen := map[string]bool{}
	read := func(count int, join func() *kafka.Reader) {
		reader := join()
		for range count {
			message := got(reader.FetchMessage(ctx))
			expect("read again", seen[string(message.Value)], false)
			seen[string(message.Value)] = true
			must(reader.CommitMessages(ctx, message))
		}
		must(reader.Close())
	}
	join := func() *kafka.Reader {
		return kafka.NewReader(kafka.ReaderConfig{
			Brokers: []string{bootstrap}, GroupTopics: []string{topic}, GroupID: group, StartOffset: kafka.FirstOffset,
			HeartbeatInterval: 200 * time.Millisecond, MaxWait: 100 * time.Millisecond, JoinGroupBackoff: 200 * time.Millisecond,
		})
	}
	kafkaGoProduce(bootstrap, topic, kafka.Snappy, 0, 60)
	read(25, join)
	read(35, join)
	kafkaGoProduce(bootstrap, topic, kafka.Snappy, 60, 10)
	read(10, join)
	expect("committed", franzCommitted(bootstrap, group), int64(70))
}

func kafkaGoTopics(bootstrap string) {
	client := &kafka.Client{Addr: kafka.TCP(bootstrap)}
	topic := name("t")
	config := kafka.TopicConfig{Topic: topic, NumPartitions: 3, ReplicationFactor: 1, ConfigEntries: []kafka.ConfigEntry{{ConfigName: "retention.ms", ConfigValue: "1000"}}}
	create := func() error {
		return got(client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{config}})).Errors[topic]
	}
	must(create())
	expectError("exists", create(), kafka.TopicAlreadyExists)
	eventually("three partitions", func() bool {
		listed := got(client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})).Topics[0]
		return listed.Error == nil && len(listed.Partitions) == 3
	})
	described := got(client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{"retention.ms"}},
	}}))
	expect("config", described.Resources[0].ConfigEntries[0].ConfigValue, "1000")
	kafkaGoProduce(bootstrap, topic, kafka.Gzip, 0, 10)
	offsets := got(client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{
		topic: {kafka.LastOffsetOf(0), kafka.LastOffsetOf(1), kafka.LastOffsetOf(2)},
	}}))
	sum := int64(0)
	for _, offset := range offsets.Topics[topic] {
		sum += offset.LastOffset
	}
	expect("records", sum, int64(10))
	remove := func() error {
		return got(client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}})).Errors[topic]
	}
	must(remove())
	expectError("delete it again", remove(), kafka.UnknownTopicOrPartition)
}

func kafkaGoConn(bootstrap string) {
	conn := got(kafka.DialContext(ctx, "tcp", bootstrap))
	defer conn.Close()
	topic := name("t")
	must(conn.CreateTopics(kafka.TopicConfig{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}))
	controller := got(conn.Controller())
	expect("controller", fmt.Sprintf("%s:%d", controller.Host, controller.Port), bootstrap)
	eventually("a leader", func() bool {
		partitions, err := conn.ReadPartitions(topic)
		return err == nil && len(partitions) == 1 && partitions[0].Leader.Host != ""
	})
	leader := got(kafka.DialLeader(ctx, "tcp", bootstrap, topic, 0))
	defer leader.Close()
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	for i := range 10 {
		got(leader.WriteMessages(kafka.Message{Value: []byte(strconv.Itoa(i)), Time: at.Add(time.Duration(i) * time.Second)}))
	}
	first, last, err := leader.ReadOffsets()
	must(err)
	expect("offsets", []int64{first, last}, []int64{0, 10})
	expect("offset of a time", got(leader.ReadOffset(at.Add(4*time.Second))), int64(4))
	expect("seek", got(leader.Seek(3, kafka.SeekEnd)), int64(7))
	expect("value", string(got(leader.ReadMessage(1000)).Value), "7")
	must(conn.DeleteTopics(topic))
}
