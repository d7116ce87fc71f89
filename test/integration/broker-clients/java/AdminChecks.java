// What the admin client asks and changes.
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

final class AdminChecks {
    private AdminChecks() {
    }

    static void addTo(Map<String, BrokerChecks.Check> checks) {
        checks.put("admin_topics_configs", AdminChecks::topicsConfigs);
        checks.put("admin_delete_records_list_offsets", AdminChecks::deleteRecords);
        checks.put("admin_describe_cluster_broker_configs", AdminChecks::cluster);
        checks.put("admin_describe_producers_logdirs", AdminChecks::producersAndLogDirs);
        checks.put("admin_groups_list_describe_alter_delete", AdminChecks::groups);
    }

    private static void topicsConfigs(CheckScope scope) throws Exception {
        Admin admin = scope.admin();
        String topic = scope.newName();
        var created = admin.createTopics(
            List.of(new NewTopic(topic, 2, (short) 1).configs(Map.of("retention.ms", "12345"))));
        CheckScope.expect("partitions told", CheckScope.get(created.numPartitions(topic)), 2);
        CheckScope.expect("retention told", CheckScope.get(created.config(topic)).get("retention.ms").value(), "12345");
        scope.awaitPartitions(topic, 2);
        CheckScope.expect("listed", CheckScope.get(admin.listTopics().names()).contains(topic));
        CheckScope.expectFailure(TopicExistsException.class, () -> create(admin, new NewTopic(topic, 1, (short) 1)));
        CheckScope.expectFailure(InvalidTopicException.class, () -> create(admin, new NewTopic("a b", 1, (short) 1)));
        CheckScope.expectFailure(InvalidReplicationFactorException.class,
            () -> create(admin, new NewTopic(scope.newName(), 1, (short) 3)));
        CheckScope.expectFailure(InvalidPartitionsException.class,
            () -> create(admin, new NewTopic(scope.newName(), 0, (short) 1)));
        CheckScope.expectFailure(InvalidConfigurationException.class, () -> create(admin,
            new NewTopic(scope.newName(), 1, (short) 1).configs(Map.of("retention.ms", "soon"))));
        CheckScope.get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all());
        scope.awaitPartitions(topic, 4);
        CheckScope.expectFailure(InvalidPartitionsException.class,
            () -> CheckScope.get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all()));
        alterConfigs(admin, topic);
        TopicDescription description = CheckScope.get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
        CheckScope.expect("partitions", description.partitions().size(), 4);
        CheckScope.expect("leader", description.partitions().get(3).leader().id(),
            CheckScope.get(admin.describeCluster().nodes()).iterator().next().id());
        var byId = TopicCollection.ofTopicIds(List.of(description.topicId()));
        CheckScope.expect("by id", CheckScope.get(admin.describeTopics(byId).allTopicIds())
            .get(description.topicId()).name(), topic);
        CheckScope.get(admin.deleteTopics(List.of(topic)).all());
        CheckScope.until("gone", () -> scope.topicIsGone(topic));
        CheckScope.expectFailure(UnknownTopicOrPartitionException.class,
            () -> CheckScope.get(admin.deleteTopics(List.of(topic)).all()));
        CheckScope.expectFailure(UnknownTopicIdException.class, () -> CheckScope.get(admin.deleteTopics(byId).all()));
    }

    private static void create(Admin admin, NewTopic topic) throws Exception {
        CheckScope.get(admin.createTopics(List.of(topic)).all());
    }

    private static void alterConfigs(Admin admin, String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        alter(admin, resource, "retention.ms", "777", AlterConfigOp.OpType.SET);
        alter(admin, resource, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
        CheckScope.until("changed", () -> config(admin, resource).get("retention.ms").value().equals("777"));
        CheckScope.until("appended",
            () -> config(admin, resource).get("cleanup.policy").value().equals("delete,compact"));
        CheckScope.expect("where it comes from", config(admin, resource).get("retention.ms").source(),
            ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        alter(admin, resource, "cleanup.policy", "compact", AlterConfigOp.OpType.SUBTRACT);
        alter(admin, resource, "retention.ms", "", AlterConfigOp.OpType.DELETE);
        CheckScope.until("the default is back",
            () -> config(admin, resource).get("retention.ms").value().equals("604800000"));
        CheckScope.expect("is default", config(admin, resource).get("retention.ms").isDefault());
        CheckScope.expectFailure(InvalidConfigurationException.class,
            () -> alter(admin, resource, "no.such.config", "1", AlterConfigOp.OpType.SET));
        CheckScope.expectFailure(UnknownTopicOrPartitionException.class, () -> alter(admin,
            new ConfigResource(ConfigResource.Type.TOPIC, topic + "x"), "retention.ms", "1", AlterConfigOp.OpType.SET));
    }

    private static void alter(Admin admin, ConfigResource resource, String name, String value, AlterConfigOp.OpType how)
        throws Exception {
        Collection<AlterConfigOp> operations = List.of(new AlterConfigOp(new ConfigEntry(name, value), how));
        CheckScope.get(admin.incrementalAlterConfigs(Map.of(resource, operations)).all());
    }

    private static Config config(Admin admin, ConfigResource resource) throws Exception {
        return CheckScope.get(admin.describeConfigs(List.of(resource)).all()).get(resource);
    }

    private static void deleteRecords(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        TopicPartition partition = new TopicPartition(topic, 0);
        var producer = scope.producer();
        for (int i = 0; i < 10; i++) {
            CheckScope.get(producer.send(new ProducerRecord<>(topic, 0, i == 3 ? 99_000L : 1000L * i, "k", "v" + i)));
        }
        CheckScope.expect("earliest", scope.offset(partition, OffsetSpec.earliest()), 0L);
        CheckScope.expect("latest", scope.offset(partition, OffsetSpec.latest()), 10L);
        CheckScope.expect("max timestamp", scope.offset(partition, OffsetSpec.maxTimestamp()), 3L);
        CheckScope.expect("at a time", scope.offset(partition, OffsetSpec.forTimestamp(50_000)), 3L);
        CheckScope.expect("after the last time", scope.offset(partition, OffsetSpec.forTimestamp(100_000)), -1L);
        var deleted = scope.admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4)));
        CheckScope.expect("low watermark",
            CheckScope.get(deleted.lowWatermarks().get(partition)).lowWatermark(), 4L);
        CheckScope.expect("earliest", scope.offset(partition, OffsetSpec.earliest()), 4L);
        CheckScope.expect("left", scope.readAll(topic, 1).size(), 6);
        CheckScope.expectFailure(OffsetOutOfRangeException.class, () -> CheckScope.get(
            scope.admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(11))).all()));
        CheckScope.get(scope.admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all());
        CheckScope.expect("all deleted", scope.offset(partition, OffsetSpec.earliest()), 10L);
    }

    private static void cluster(CheckScope scope) throws Exception {
        Admin admin = scope.admin();
        var cluster = admin.describeCluster();
        CheckScope.expect("nodes", CheckScope.get(cluster.nodes()).size(), 1);
        int node = CheckScope.get(cluster.nodes()).iterator().next().id();
        CheckScope.expect("controller", CheckScope.get(cluster.controller()).id(), node);
        CheckScope.expect("cluster id", CheckScope.get(cluster.clusterId()).length(), 22);
        ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(node));
        Config config = config(admin, resource);
        for (String name : List.of("num.partitions", "auto.create.topics.enable", "log.retention.ms",
            "group.max.session.timeout.ms", "transaction.max.timeout.ms", "log.segment.bytes", "message.max.bytes")) {
            CheckScope.expect(name + " is shown", config.get(name) != null);
        }
        CheckScope.expect("partitions", config.get("num.partitions").value(), "1");
        CheckScope.expect("message.max.bytes", config.get("message.max.bytes").value(), "1048588");
        var features = CheckScope.get(admin.describeFeatures().featureMetadata()).finalizedFeatures();
        CheckScope.expect("transaction version", features.get("transaction.version").maxVersionLevel(), (short) 2);
        CheckScope.expect("group version", features.get("group.version").maxVersionLevel(), (short) 1);
        CheckScope.expectFailure(SecurityDisabledException.class, () -> CheckScope.get(
            admin.describeAcls(org.apache.kafka.common.acl.AclBindingFilter.ANY).values()));
    }

    private static void producersAndLogDirs(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        TopicPartition partition = new TopicPartition(topic, 0);
        CheckScope.produce(scope.producer(), topic, 0, 7);
        List<ProducerState> producers = CheckScope.get(
            scope.admin().describeProducers(List.of(partition)).partitionResult(partition)).activeProducers();
        CheckScope.expect("producers", producers.size(), 1);
        CheckScope.expect("epoch", producers.get(0).producerEpoch(), 0);
        CheckScope.expect("last sequence", producers.get(0).lastSequence(), 6);
        CheckScope.expect("no transaction", producers.get(0).currentTransactionStartOffset().isEmpty());
        int node = CheckScope.get(scope.admin().describeCluster().nodes()).iterator().next().id();
        var directories = CheckScope.get(scope.admin().describeLogDirs(List.of(node)).allDescriptions()).get(node);
        long size = directories.values().stream()
            .filter(directory -> directory.replicaInfos().containsKey(partition))
            .mapToLong(directory -> directory.replicaInfos().get(partition).size()).sum();
        CheckScope.expect("bytes " + size, size > 70);
        CheckScope.expect("a disk", directories.values().iterator().next().totalBytes().orElse(0) > 0);
    }

    private static void groups(CheckScope scope) throws Exception {
        Admin admin = scope.admin();
        String topic = scope.topic(1);
        String group = scope.newName();
        TopicPartition partition = new TopicPartition(topic, 0);
        CheckScope.produce(scope.producer(), topic, 0, 10);
        var consumer = scope.consumer(group);
        consumer.subscribe(List.of(topic));
        CheckScope.poll(consumer, 10);
        consumer.commitSync();
        CheckScope.expect("listed", state(admin, group), "Stable");
        ConsumerGroupDescription description = describe(admin, group);
        CheckScope.expect("members", description.members().size(), 1);
        CheckScope.expect("assignor", description.partitionAssignor(), "range");
        CheckScope.expect("assignment", description.members().iterator().next().assignment().topicPartitions(),
            Set.of(partition));
        Map<TopicPartition, OffsetAndMetadata> to3 = Map.of(partition, new OffsetAndMetadata(3));
        CheckScope.expectFailure(UnknownMemberIdException.class,
            () -> CheckScope.get(admin.alterConsumerGroupOffsets(group, to3).all()));
        CheckScope.expectFailure(GroupNotEmptyException.class,
            () -> CheckScope.get(admin.deleteConsumerGroups(List.of(group)).all()));
        consumer.close();
        CheckScope.until("empty", () -> state(admin, group).equals("Empty"));
        CheckScope.get(admin.alterConsumerGroupOffsets(group, to3).all());
        CheckScope.expect("altered", offsets(admin, group).get(partition).offset(), 3L);
        CheckScope.get(admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all());
        CheckScope.expect("no offset", offsets(admin, group).get(partition), null);
        // A group without members and offsets is forgotten by a Kafka after a while; this one may still be there.
        CheckScope.get(admin.alterConsumerGroupOffsets(group, to3).all());
        CheckScope.get(admin.deleteConsumerGroups(List.of(group)).all());
        CheckScope.expect("not listed", state(admin, group), "none");
        CheckScope.expectFailure(GroupIdNotFoundException.class,
            () -> CheckScope.get(admin.deleteConsumerGroups(List.of(group)).all()));
    }

    private static String state(Admin admin, String group) throws Exception {
        for (ConsumerGroupListing listing : CheckScope.get(admin.listConsumerGroups().all())) {
            if (listing.groupId().equals(group)) return listing.state().orElseThrow().toString();
        }
        return "none";
    }

    private static ConsumerGroupDescription describe(Admin admin, String group) throws Exception {
        return CheckScope.get(admin.describeConsumerGroups(List.of(group)).all()).get(group);
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin, String group) throws Exception {
        return CheckScope.get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    }
}
