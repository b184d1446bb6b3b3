import { describe, expect, it } from "vitest";
import { type Alarm, Alarms } from "../../src/daemon/alarms.ts";

const alarm = (at: number): Alarm => ({ at, work: () => {} });

function drain(alarms: Alarms): Alarm[] {
  const rung: Alarm[] = [];
  for (let { next } = alarms; next !== undefined; { next } = alarms) {
    alarms.remove(next);
    rung.push(next);
  }
  return rung;
}

describe("alarms", () => {
  it("come in the order of their times, and of two at one time the one that was set first comes first", () => {
    const alarms = new Alarms();
    // Seven is no divisor of a hundred: each residue comes again and again, in no order.
    const set = Array.from({ length: 1000 }, (_, index) => alarm((index * 7) % 100));
    for (const one of set) alarms.add(one);
    expect(drain(alarms)).toEqual(set.toSorted((one, other) => one.at - other.at));
  });

  it("do not come when they were cancelled, whether first, last or in between", () => {
    const alarms = new Alarms();
    const set = [3, 1, 4, 1, 5, 9, 2, 6].map(alarm);
    for (const one of set) alarms.add(one);
    const cancelled = set.filter(({ at }) => at === 1 || at === 4 || at === 9);
    for (const one of cancelled) expect(alarms.remove(one)).toBe(true);
    for (const one of cancelled) expect(alarms.remove(one)).toBe(false);
    expect(drain(alarms).map(({ at }) => at)).toEqual([2, 3, 5, 6]);
  });

  it("that are set between others take their place", () => {
    const alarms = new Alarms();
    for (const at of [10, 30, 20]) alarms.add(alarm(at));
    const first = alarms.next ?? expect.unreachable();
    alarms.remove(first);
    alarms.add(alarm(15));
    expect(drain(alarms).map(({ at }) => at)).toEqual([15, 20, 30]);
  });
});
