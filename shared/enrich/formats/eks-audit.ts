import type { JsonObject, LogFormat } from '../format.js'
import { requestIdOf } from '../json-members.js'
import { levelOfHttpStatus } from '../level.js'

/** EKS writes every control-plane log of a cluster into one group; the streams tell audit, authenticator and klog apart. */
export function isEksClusterGroup(logGroup: string): boolean {
  return logGroup.startsWith('/aws/eks/') && logGroup.endsWith('/cluster')
}

/**
 * Kubernetes API server audit events (Kubernetes reference, "kube-apiserver Audit Configuration"), as EKS delivers them.
 * The event's own `level` says how much was recorded, not how bad it is: ours comes from the status of the answer. The
 * request id is `auditID`.
 */
export const eksAudit: LogFormat = {
  name: 'eks-audit',
  ownsGroup: isEksClusterGroup,
  looksLike: line => isAudit(line.json()),
  parse(line) {
    const event = line.json()
    if (event === undefined || !isAudit(event)) return undefined
    const status = event.responseStatus as JsonObject | null | undefined
    return {
      level: levelOfHttpStatus(String(status?.code ?? '')) ?? 'INFO',
      requestId: requestIdOf(event.auditID),
      traceId: null,
      fields: null,
    }
  },
}

function isAudit(event: JsonObject | undefined): boolean {
  return (
    event !== undefined &&
    event.kind === 'Event' &&
    typeof event.apiVersion === 'string' &&
    event.apiVersion.startsWith('audit.k8s.io/')
  )
}
