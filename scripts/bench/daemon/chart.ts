import type { TrackedCost } from "./tracked.ts";

/** A line of a chart, with its name above it. */
interface Series {
  readonly name: string;
  readonly color: string;
  readonly of: (cost: TrackedCost) => number;
}

interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
}

/** No background, and colours that can be told from white as well as from black: for light and dark pages. */
const ink = "#7a828c";
const grid = "#7a828c40";

const panels: readonly Panel[] = [
  {
    title: "Processor time, seconds",
    series: [
      {
        name: "getcert list, certmonger's",
        color: "#d9730d",
        of: ({ stockList }) => stockList.cpuMs / 1000,
      },
      { name: "getcert list, ours", color: "#3b82f6", of: ({ ourList }) => ourList.cpuMs / 1000 },
      { name: "start", color: "#1a9e57", of: ({ start }) => start.cpuMs / 1000 },
    ],
  },
  {
    title: "Peak memory, MB",
    series: [{ name: "our daemon", color: "#3b82f6", of: ({ peakMb }) => peakMb }],
  },
];

const panel = { width: 400, height: 270, left: 44, right: 12, top: 54, bottom: 40 } as const;

/** What our daemon takes for more and more certificates, as SVG. */
export function growthChart(costs: readonly TrackedCost[]): string {
  const width = panel.width * panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${panel.height}" width="${width}" height="${panel.height}"`,
    `  font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12" role="img">`,
    `<title>What our daemon takes for ${costs[0]?.count} to ${costs.at(-1)?.count} tracked certificates</title>`,
    ...panels.map((each, index) => drawPanel(each, costs, index * panel.width)),
    "</svg>",
    "",
  ].join("\n");
}

function drawPanel({ title, series }: Panel, costs: readonly TrackedCost[], offset: number): string {
  const most = niceCeiling(Math.max(...costs.flatMap((cost) => series.map(({ of }) => of(cost)))));
  const mostCount = costs.at(-1)?.count ?? 1;
  const [right, base] = [panel.width - panel.right, panel.height - panel.bottom];
  const x = (count: number) => round(panel.left + (count / mostCount) * (right - panel.left));
  const y = (value: number) => round(base - (value / most) * (base - panel.top));
  const levels = [0, 0.25, 0.5, 0.75, 1].map((part) => part * most);
  return [
    `<g transform="translate(${offset})">`,
    text({ x: panel.left, y: 18 }, title, ink, `font-weight="600"`),
    ...levels.map((level) =>
      [
        `<path d="M${panel.left} ${y(level)}H${right}" stroke="${grid}"/>`,
        text({ x: panel.left - 6, y: y(level) + 4 }, label(level), ink, `text-anchor="end"`),
      ].join("\n"),
    ),
    ...costs.map(({ count }) =>
      text({ x: x(count), y: base + 18 }, String(count / 1000), ink, `text-anchor="middle"`),
    ),
    text({ x: right, y: base + 34 }, "thousand tracked certificates", ink, `text-anchor="end"`),
    ...series.flatMap(({ name, color, of }, index) => [
      drawLine(
        costs.map((cost) => ({ x: x(cost.count), y: y(of(cost)) })),
        color,
      ),
      drawName({ x: panel.left + 4 + widthOf(series.slice(0, index)), y: 38 }, name, color),
    ]),
    "</g>",
  ].join("\n");
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function drawLine(points: readonly Point[], color: string): string {
  return [
    `<polyline points="${points.map(({ x, y }) => `${x},${y}`).join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...points.map((point) => drawDot(point, color)),
  ].join("\n");
}

function drawName({ x, y }: Point, name: string, color: string): string {
  return [drawDot({ x, y: y - 4 }, color), text({ x: x + 8, y }, name, color)].join("\n");
}

/** What the names of these lines take beside each other, in a font that we do not know: plenty. */
const widthOf = (series: readonly Series[]): number =>
  series.reduce((sum, { name }) => sum + 24 + name.length * 5.8, 0);

const drawDot = ({ x, y }: Point, color: string): string =>
  `<circle cx="${x}" cy="${y}" r="3.5" fill="${color}"/>`;

function text({ x, y }: Point, content: string, color: string, attributes = ""): string {
  return `<text x="${round(x)}" y="${y}" fill="${color}" ${attributes}>${content}</text>`;
}

/** The next of 1, 2, 4, 6, 8 times a power of ten: a quarter of it is a short number. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 6, 8].find((step) => step * power >= value) ?? 10);
}

const label = (value: number): string => String(Math.round(value * 100) / 100);
const round = (value: number): number => Math.round(value * 10) / 10;
