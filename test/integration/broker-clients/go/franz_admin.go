package main

import (
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func franzTopics(bootstrap string) {
	admin := franzAdmin(bootstrap)
	defer admin.Close()
	topic := name("t")
	_, err := admin.ValidateCreateTopics(ctx, 3, 1, nil, topic)
	must(err)
	created := got(admin.CreateTopic(ctx, 3, 1, map[string]*string{"retention.ms": pointer("1000")}, topic))
	expect("created", []any{created.NumPartitions, created.ReplicationFactor, created.ID != kadm.TopicID{}}, []any{int32(3), int16(1), true})
	detail := got(admin.ListTopics(ctx, topic))[topic]
	expect("listed", []any{detail.ID, detail.IsInternal, len(detail.Partitions)}, []any{created.ID, false, 3})

	config := func(key string) string {
		resource := got(got(admin.DescribeTopicConfigs(ctx, topic)).On(topic, nil))
		for _, config := range resource.Configs {
			if config.Key == key {
				return config.MaybeValue()
			}
		}
		return "absent"
	}
	expect("config at creation", config("retention.ms"), "1000")
	got(admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{
		{Op: kadm.SetConfig, Name: "max.message.bytes", Value: pointer("2000")},
		{Op: kadm.DeleteConfig, Name: "retention.ms"},
		{Op: kadm.AppendConfig, Name: "cleanup.policy", Value: pointer("compact")},
	}, topic))
	eventually("configs altered one by one", func() bool {
		return config("max.message.bytes") == "2000" && config("retention.ms") == "604800000" && config("cleanup.policy") == "delete,compact"
	})
	got(admin.AlterTopicConfigsState(ctx, []kadm.AlterConfig{{Name: "retention.ms", Value: pointer("77")}}, topic))
	eventually("configs altered as a whole", func() bool {
		return config("max.message.bytes") == "1048588" && config("retention.ms") == "77"
	})
	altered := got(admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: "retention.ms", Value: pointer("x")}}, topic))
	_, err = altered.On(topic, func(response *kadm.AlterConfigsResponse) error { return response.Err })
	expectError("bad value", err, kerr.InvalidConfig)

	expectError("the same number", got(admin.UpdatePartitions(ctx, 3, topic)).Error(), kerr.InvalidPartitions)
	must(got(admin.CreatePartitions(ctx, 2, topic)).Error())
	eventually("five partitions", func() bool { return len(got(admin.ListTopics(ctx, topic))[topic].Partitions) == 5 })
	got(admin.DeleteTopic(ctx, topic))
	eventually("deleted", func() bool { return got(admin.ListTopics(ctx, topic))[topic].Err != nil })
	expectError("unknown", got(admin.ListTopics(ctx, topic))[topic].Err, kerr.UnknownTopicOrPartition)
}

func franzDeleteRecords(bootstrap string) {
	topic := franzTopic(bootstrap, 1, nil)
	at := time.Now().Add(-time.Hour).UnixMilli()
	records := franzNumbered(topic, 0, 10, 1)
	for i, record := range records {
		record.Timestamp = time.UnixMilli(at + int64(i))
	}
	records[4].Timestamp = time.UnixMilli(at + 1000)
	franzProduce(bootstrap, records)
	admin := franzAdmin(bootstrap)
	defer admin.Close()
	only := func(offsets kadm.ListedOffsets, err error) int64 {
		must(err)
		must(offsets.Error())
		return offsets[topic][0].Offset
	}
	expect("start", only(admin.ListStartOffsets(ctx, topic)), int64(0))
	expect("end", only(admin.ListEndOffsets(ctx, topic)), int64(10))
	expect("committed end", only(admin.ListCommittedOffsets(ctx, topic)), int64(10))
	expect("maximum timestamp", only(admin.ListMaxTimestampOffsets(ctx, topic)), int64(4))
	expect("after a time", only(admin.ListOffsetsAfterMilli(ctx, at+2, topic)), int64(2))
	expect("local start", only(admin.ListLocalLogStartOffsets(ctx, topic)), int64(0))

	remove := func(topic string, before int64) kadm.DeleteRecordsResponse {
		offsets := kadm.Offsets{}
		offsets.AddOffset(topic, 0, before, -1)
		response, _ := got(admin.DeleteRecords(ctx, offsets)).Lookup(topic, 0)
		return response
	}
	expect("low watermark", remove(topic, 6).LowWatermark, int64(6))
	expect("start after it", only(admin.ListStartOffsets(ctx, topic)), int64(6))
	expect("local start after it", only(admin.ListLocalLogStartOffsets(ctx, topic)), int64(6))
	expect("what is left", franzConsume(bootstrap, topic, 4)[0].Offset, int64(6))
	expectError("beyond the end", remove(topic, 100).Err, kerr.OffsetOutOfRange)
	expect("everything", remove(topic, -1).LowWatermark, int64(10))
	if _, err := admin.ListStartOffsets(ctx, name("unknown")); err != nil {
		expectError("unknown", err, kerr.UnknownTopicOrPartition)
	}
}

func franzGroups(bootstrap string) {
	topic, group := franzTopic(bootstrap, 2, nil), name("g")
	franzProduce(bootstrap, franzNumbered(topic, 0, 20, 2))
	admin := franzAdmin(bootstrap)
	defer admin.Close()
	offsets := kadm.Offsets{}
	offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: 4, LeaderEpoch: -1, Metadata: "note"})
	offsets.AddOffset(topic, 1, 10, -1)
	must(admin.CommitAllOffsets(ctx, group, offsets))
	fetched := got(admin.FetchOffsets(ctx, group))
	expect("offset, metadata", []any{fetched[topic][0].At, fetched[topic][0].Metadata}, []any{int64(4), "note"})
	many := admin.FetchManyOffsets(ctx, group, name("unknown"))
	expect("of two groups", []int{len(many), len(many[group].Fetched[topic])}, []int{2, 2})
	lag := got(admin.Lag(ctx, group))[group]
	expect("lag, state", []any{lag.Lag.Total(), lag.State}, []any{int64(6), "Empty"})
	expect("listed", got(admin.ListGroups(ctx, "Empty"))[group].State, "Empty")
	_, stable := got(admin.ListGroups(ctx, "Stable"))[group]
	expect("listed as stable", stable, false)

	all := newOwnership()
	stop := franzMember(bootstrap, topic, group, "member", all, kgo.InstanceID("i"), kgo.Balancers(kgo.RangeBalancer()))
	all.become(2)
	eventually("every record is seen", func() bool { return all.distinct() == 6 })
	eventually("stable", func() bool { return got(admin.DescribeGroups(ctx, group))[group].State == "Stable" })
	described := got(admin.DescribeGroups(ctx, group))[group]
	expect("described", []any{described.ProtocolType, described.Protocol, len(described.Members)}, []any{"consumer", "range", 1})
	expect("instance", *described.Members[0].InstanceID, "i")
	assignment, _ := described.Members[0].Assigned.AsConsumer()
	expect("assignment", assignment.Topics[0].Topic, topic)
	_, err := admin.DeleteGroup(ctx, group)
	expectError("delete a group that has members", err, kerr.NonEmptyGroup)
	expectError("offsets of a topic in use", got(admin.DeleteOffsets(ctx, group, fetched.Offsets().TopicsSet())).Error(), kerr.GroupSubscribedToTopic)
	stop()
	left := got(admin.LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs("i")))
	must(left.Error())
	eventually("empty", func() bool { return got(admin.DescribeGroups(ctx, group))[group].State == "Empty" })
	must(got(admin.DeleteOffsets(ctx, group, kadm.TopicsSet{topic: {0: {}}})).Error())
	expect("offsets left", len(got(admin.FetchOffsets(ctx, group))[topic]), 1)
	got(admin.DeleteGroup(ctx, group))
	_, err = admin.DeleteGroup(ctx, group)
	expectError("delete it again", err, kerr.GroupIDNotFound)
	expect("dead", got(admin.DescribeGroups(ctx, group))[group].State, "Dead")
}

func franzCluster(bootstrap string) {
	topic, id := franzTopic(bootstrap, 1, nil), name("tx")
	admin := franzAdmin(bootstrap)
	defer admin.Close()
	cluster := got(admin.BrokerMetadata(ctx))
	expect("brokers, controller", []any{len(cluster.Brokers), cluster.Controller, cluster.Cluster != ""}, []any{1, cluster.Brokers[0].NodeID, true})
	versions := got(admin.ApiVersions(ctx))[cluster.Controller]
	most, _ := versions.KeyMaxVersion(0)
	expect("Produce", most, int16(13))

	producer := franzClient(bootstrap, kgo.TransactionalID(id), kgo.TransactionTimeout(33*time.Second))
	defer producer.Close()
	must(producer.BeginTransaction())
	must(producer.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("v")}).FirstErr())
	state := func() kadm.DescribedTransaction { return got(admin.DescribeTransactions(ctx, id))[id] }
	open := state()
	expect("described", []any{open.State, open.TimeoutMillis, open.Topics}, []any{"Ongoing", int32(33_000), kadm.TopicsSet{topic: {0: {}}}})
	expect("listed", got(admin.ListTransactions(ctx, nil, []string{"Ongoing"}))[id].ProducerID, open.ProducerID)
	expect("listed by producer", len(got(admin.ListTransactions(ctx, []int64{open.ProducerID}, nil))), 1)
	_, listed := got(admin.ListTransactions(ctx, nil, []string{"CompleteCommit"}))[id]
	expect("listed as committed", listed, false)
	producers := got(admin.DescribeProducers(ctx, kadm.TopicsSet{topic: {0: {}}})).SortedProducers()
	expect("producers", []int64{int64(len(producers)), producers[0].ProducerID, producers[0].CurrentTxnStartOffset}, []int64{1, open.ProducerID, 0})
	must(producer.EndTransaction(ctx, kgo.TryCommit))
	eventually("committed", func() bool { return state().State == "CompleteCommit" })
	coordinators := admin.FindTxnCoordinators(ctx, id, name("tx"))
	expect("coordinators", []any{coordinators.Error(), len(coordinators)}, []any{nil, 2})
	_, err := admin.DescribeTransactions(ctx, name("unknown"))
	if err == nil {
		unknown := name("unknown")
		err = got(admin.DescribeTransactions(ctx, unknown))[unknown].Err
	}
	expectError("an unknown transaction", err, kerr.TransactionalIDNotFound)

	folders := got(admin.DescribeAllLogDirs(ctx, kadm.TopicsSet{topic: {0: {}}})).Sorted()
	must(folders[0].Err)
	logged, _ := folders[0].Topics.Lookup(topic, 0)
	expect("bytes on disk", logged.Size > 0, true)
	broker := got(admin.DescribeBrokerConfigs(ctx, cluster.Controller))
	must(broker[0].Err)
	lists := got(admin.DescribeACLs(ctx, kadm.NewACLs().AnyResource("x").Allow().AllowHosts().Deny().DenyHosts().Operations().ResourcePatternType(kadm.ACLPatternAny)))
	expectError("access control lists without an authorizer", lists[0].Err, kerr.SecurityDisabled)
}
