import { expect, it } from 'vitest'
import { noSuchGroup } from '../../cli/log-groups.js'

it.each([
  ['/ecs/order', 'is named /ecs/order; did you mean /ecs/orders?'],
  ['123456789012:/ecs/orders', 'is named 123456789012:/ecs/orders; did you mean /ecs/orders?'],
  ['arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/orders', 'did you mean /ecs/orders?'],
  ['arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:/ecs/orders:*', 'did you mean /ecs/orders?'],
  ['/other/thing', 'is named /other/thing; tailrace groups lists them'],
])('says of %j what may be meant', (name, said) => {
  const { message } = noSuchGroup([name], ['/aws/lambda/pay', '/ecs/orders'])
  expect(message).toMatch(/^no log group of the lake (?:is named|matches) /)
  expect(message.endsWith(said)).toBe(true)
})
