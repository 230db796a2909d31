import { longestPauseOf } from '../../lib/kubernetes/scheduled';

const HOUR = 3600;

test.each([
  ['17 1 * * *', 24 * HOUR],
  ['@daily', 24 * HOUR],
  ['17 5 * * SUN', 7 * 24 * HOUR],
  ['17 1 * * 1-5', 3 * 24 * HOUR],
  ['0 */6 * * *', 6 * HOUR],
  ['@monthly', 31 * 24 * HOUR],
])('%s is at most %i s after the time before', (schedule, seconds) => {
  expect(longestPauseOf(schedule)).toBe(seconds);
});

test.each(['at night', '99 1 * * *', '0 3 31 2 *', '0 0 L * *', '0 0 1 * * *', '@reboot', ''])(
  '%j never comes, or is none that Kubernetes takes',
  (schedule) => {
    expect(longestPauseOf(schedule)).toBeNaN();
  },
);
