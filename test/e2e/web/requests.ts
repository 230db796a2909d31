import type { Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import { DRILL, type WebCluster } from './cluster';

const MEGABYTE = 1024 * 1024;

/** Requests that a web tier must bear. */
export const REQUESTS: Readonly<Record<string, Drill<WebCluster>>> = {
  client: {
    promise: 'the application sees the client that the proxy names, HTTPS, and nothing that a client forges',
    run: async (web) => {
      const seen = async (headers: Record<string, string>) => {
        const { client_ip, secure } = await web
          .visitor()
          .json<{ client_ip: string; secure: boolean }>('GET', '/api/status', undefined, headers);
        return `${client_ip}${secure ? ' over HTTPS' : ''}`;
      };
      const through = await seen({ 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' });
      const forged = await seen({
        'x-forwarded-for': '198.51.100.66, 203.0.113.7',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.example',
      });
      return through === '203.0.113.7 over HTTPS' && forged === through ? through : fail(`${through}; forged: ${forged}`);
    },
  },
  uploads: {
    promise: 'files of 20 MiB are taken whole, PHP says that one byte more is too much, and nginx that more than 24 MiB is',
    run: async (web) => {
      const upload = async (bytes: number): Promise<string> => {
        const form = new FormData();
        form.append('file', new Blob([new Uint8Array(bytes)]), 'receipt.pdf');
        const response = await fetch(`http://${web.target.host}:${web.target.port}/api/upload`, {
          method: 'POST',
          headers: { accept: 'application/json' },
          body: form,
        });
        const text = await response.text();
        return `${response.status}${response.status === 200 ? ` ${(JSON.parse(text) as { size: number }).size}` : ''}`;
      };
      const [whole, more, most] = [await upload(20 * MEGABYTE), await upload(20 * MEGABYTE + 1), await upload(24 * MEGABYTE)];
      const detail = `20 MiB: ${whole}; a byte more: ${more}; 24 MiB: ${most}`;
      return detail === `20 MiB: 200 ${20 * MEGABYTE}; a byte more: 422; 24 MiB: 413` ? detail : fail(detail);
    },
  },
  blocked: {
    promise:
      'all children of PHP-FPM busy for 30 s: no pod is killed, none of them counts as ready, what the children work on is answered, and all serve again at once',
    run: async (web) => {
      const before = await restarts(web);
      const begin = () => web.visitor().send('GET', '/api/slow/30000');
      // Half as many again as there are children, because not every pod gets the same.
      const slow = Array.from({ length: 3 * DRILL.php.childrenPerPod }, begin);
      const pods = await web.podsOf('php');
      await until('every pod of PHP to be not ready', 30, async () => {
        const slices = await web.kubectl.list('endpointslices', 'kubernetes.io/service-name=php');
        const ready = slices
          .flatMap(({ endpoints }) => endpoints as { conditions: { ready: boolean } }[])
          .filter(({ conditions }) => conditions.ready).length;
        // What comes once a pod has left goes to those that are not busy yet.
        if (ready > 0 && ready < pods.length) slow.push(begin());
        return ready === 0;
      });
      const answers = (await Promise.allSettled(slow)).map((each) => (each.status === 'fulfilled' ? each.value.status : 0));
      const began = Date.now();
      await web.ready(60);
      const seconds = (Date.now() - began) / 1000;
      const killed = (await restarts(web)) - before;
      const served = answers.filter((status) => status === 200).length;
      const refused = [...new Set(answers.filter((status) => status !== 200))].join(', ');
      const detail = `${served} of ${answers.length} requests of 30 s were answered${refused === '' ? '' : `, the others with ${refused}`}; all ${pods.length} pods had left the Service, ${killed} were restarted; all ready ${seconds.toFixed(0)} s later`;
      // Who had to wait for a third turn is answered by nginx, and who came when no pod was left.
      return killed === 0 && served >= 2 * DRILL.php.childrenPerPod && /^(50[24](, )?)*$/.test(refused) ? detail : fail(detail);
    },
  },
};

/** How often containers of the web tier have restarted. */
export async function restarts(web: WebCluster): Promise<number> {
  const pods = await web.kubectl.list('pods', 'app.kubernetes.io/instance in (nginx, php)');
  return pods
    .flatMap(({ status }) => status.containerStatuses as { restartCount: number }[])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
}
