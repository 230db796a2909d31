// Counters that all of nginx's processes share, and how Prometheus reads them.

const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'];

// Seconds, as Prometheus spells them; a goal for the time of an answer (monitoring.goals.fastSeconds) must be one of them.
const BUCKETS = ['0.05', '0.1', '0.25', '0.5', '1.0', '2.5', '5.0', '10.0', '30.0'];

// The condition of a log that is never written.
function count(r) {
    const requests = ngx.shared.requests;
    const seconds = Number(r.variables.request_time);
    requests.incr(`${String(r.status)[0]}xx`, 1, 0);
    requests.incr(BUCKETS.find((bound) => seconds <= Number(bound)) || '+Inf', 1, 0);
    requests.incr('sum', seconds, 0);
    return '';
}

function write(r) {
    const of = (name) => ngx.shared.requests.get(name) || 0;
    const lines = ['# TYPE fintrack_http_requests_total counter'];
    CLASSES.forEach((name) => lines.push(`fintrack_http_requests_total{class="${name}"} ${of(name)}`));
    lines.push('# TYPE fintrack_http_request_duration_seconds histogram');
    let requests = 0;
    BUCKETS.concat('+Inf').forEach((bound) => {
        requests += of(bound);
        lines.push(`fintrack_http_request_duration_seconds_bucket{le="${bound}"} ${requests}`);
    });
    lines.push(`fintrack_http_request_duration_seconds_sum ${of('sum')}`, `fintrack_http_request_duration_seconds_count ${requests}`);
    lines.push('# TYPE nginx_connections gauge');
    ['active', 'reading', 'writing', 'waiting'].forEach((state) =>
        lines.push(`nginx_connections{state="${state}"} ${r.variables[`connections_${state}`]}`),
    );
    r.headersOut['Content-Type'] = 'text/plain; version=0.0.4; charset=utf-8';
    r.return(200, `${lines.join('\n')}\n`);
}

export default { count, write };
