// The broker's topics as groups see them.
import type { Topics } from '../topics.ts'
import type { TopicsView } from './consumer-group.ts'

export function groupTopics(topics: Topics): TopicsView {
  return {
    get version() {
      return topics.version
    },
    get: (name) => topics.get(name),
    nameOf: (topicId) => topics.byId(topicId)?.name,
    names: () => topics.all.map(({ name }) => name),
  }
}
