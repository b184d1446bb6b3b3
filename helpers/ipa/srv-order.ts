/** An SRV record (RFC 2782), as Node's resolver gives it. */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/**
 * The order in which to try the servers of a service (RFC 2782): by priority, and among equals at random, where a
 * weight is a share of the chances. Weight 0 is nearly never first.
 *
 * @param random from 0 up to, not including, 1
 */
export function inSrvOrder(records: readonly SrvRecord[], random: () => number = Math.random): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    draw(
      records.filter((one) => one.priority === priority),
      random,
    ),
  );
}

function draw(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  // Those of weight 0 come first, which gives them the chance that the RFC leaves them.
  const left = [...records].sort((a, b) => Math.sign(a.weight) - Math.sign(b.weight));
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, { weight }) => total + weight, 0);
    const mark = Math.floor(random() * (sum + 1));
    let running = 0;
    const at = left.findIndex(({ weight }) => {
      running += weight;
      return running >= mark;
    });
    drawn.push(...left.splice(at, 1));
  }
  return drawn;
}
