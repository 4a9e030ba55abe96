// A shop's program with Segment's library for Node: node segment.mjs HOST WRITE_KEY.
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey, maxRetries: 3 })
const failures = []
analytics.on('error', (error) => failures.push(error))

const userId = 'segment-node'
analytics.identify({ userId, traits: { city: 'Wien' } })
analytics.track({
  userId,
  event: 'Order Completed',
  properties: { order_id: 'segment-node-1', total: 59.9, currency: 'EUR' },
})
analytics.track({ userId, event: 'Ticket Opened', properties: { ticket_id: 't-1' } })
analytics.page({ userId, category: 'Shoes', name: 'Winter' })
analytics.screen({ userId, name: 'Basket' })
analytics.group({ userId, groupId: 'a-company' })
analytics.alias({ userId, previousId: 'segment-node-anonymous' })
await analytics.closeAndFlush({ timeout: 30_000 })
if (failures.length > 0) {
  console.error(failures[0].reason ?? failures[0])
  process.exit(1)
}
