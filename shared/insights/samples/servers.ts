import { samples } from './sample.js'

/** Under the names that Tailrace gives to the columns of access lines, which are Apache's and nginx's alike. */
export const apache = samples('apache', [
  [
    'Requests for a path',
    'fields @timestamp, remoteAddr, method, path, status\n| filter path = {{path}}\n| sort @timestamp desc\n| limit 20',
    { path: ['path of the request', '/admin'] },
  ],
  [
    'Unique visitors that a page sent',
    'filter status = "200" and referer = {{page}} and method = "GET"\n| stats countDistinct(remoteAddr) as visitors',
    { page: ['address of the page', 'http://semicomplete.com/presentations/logstash-monitorama-2013/'] },
  ],
  [
    'Server restarts',
    'fields @timestamp, module, pid, message\n| filter message like "resuming normal operations"\n| sort @timestamp desc\n| limit 20',
  ],
])

const isSerious = 'filter severity in ["emerg", "alert", "crit", "err"]'

/** Facility and severity are there where lines have a priority; files under /var/log have none. */
export const syslog = samples('syslog', [
  [
    'sudo events',
    'filter program = "sudo"\n| fields @timestamp, hostname, message\n| sort @timestamp desc\n| limit 50',
  ],
  [
    'Hosts with failed SSH logins',
    'filter program = "sshd" and (message like /Failed password/ or message like /Failed publickey/)\n| stats count(*) as failed by hostname\n| sort failed desc\n| limit 50',
  ],
  ['Volume per host', 'stats count(*) as messages by hostname, bin(5m)\n| sort messages desc'],
  ['Volume per facility and severity', 'stats count(*) as messages by facility, severity\n| sort messages desc'],
  ['Serious messages per program', `${isSerious}\n| stats count(*) as errors by program\n| sort errors desc`],
  [
    'Warnings and worse over time',
    'filter severity in ["emerg", "alert", "crit", "err", "warning"]\n| stats count(*) as events by bin(5m)\n| sort @timestamp',
  ],
  [
    'Connections that Cisco devices denied',
    'parse @message /%ASA-(?<level>\\d)-(?<messageNumber>\\d+):/\n| filter messageNumber = "106023"\n| stats count(*) as denied by hostname\n| sort denied desc\n| limit 20',
  ],
  [
    'Events by message id',
    'filter ispresent(messageId)\n| stats count(*) as events by messageId, severity\n| sort events desc',
  ],
  [
    'Firewall drops by source',
    'filter message like /DROP/\n| parse message /SRC=(?<source>\\S+)/\n| stats count(*) as drops by source\n| sort drops desc\n| limit 20',
  ],
])
