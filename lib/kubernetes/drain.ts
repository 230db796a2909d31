/**
 * Seconds a pod goes on serving after its end was announced. Kubernetes takes it out of the Services at the same moment as it tells
 * it to stop, and kube-proxy and gateways learn of that a little later: without this pause their last requests would be refused.
 */
export const PRE_STOP_SECONDS = 10;

/**
 * Seconds until a pod is killed: the pause, what its daemon allows running requests, and ten for what the end itself takes.
 *
 * @param drain seconds that the daemon allows
 */
export function gracePeriodOf(drain: number): number {
  return PRE_STOP_SECONDS + drain + 10;
}
