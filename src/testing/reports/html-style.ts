/** The style sheet of the page. */
export const style = `
:root { --bg: #fff; --ink: #1c2330; --dim: #5b6678; --line: #dde2ea; --soft: #f5f7fa;
  --good: #1a7f4b; --bad: #c3272b; --soso: #96610a; --none: #7b8698; --bad-soft: #fdf0f0; --soso-soft: #fdf6e8; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #14181f; --ink: #e4e8ef; --dim: #9aa5b6; --line: #2c3442; --soft: #1c222c;
    --good: #5bc98c; --bad: #ff7b7b; --soso: #e8b253; --none: #8b96a8; --bad-soft: #2c1c20; --soso-soft: #2a241a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--bg); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 1rem; font-size: 1.3rem; }
h3 { margin: 0; font-size: 1.05rem; }
h3 code { color: var(--dim); font-weight: normal; }
h4 { margin: .8rem 0 .2rem; font-size: .8rem; color: var(--dim); }
code, pre { font: .86rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { margin: 0; padding: .6rem .8rem; background: var(--soft); border: 1px solid var(--line); border-radius: 6px;
  white-space: pre-wrap; max-height: 28rem; overflow: auto; }
.kicker { margin: 0; color: var(--dim); font-size: .85rem; }
.verdict { margin: 0 0 1rem; font-size: 1.15rem; font-weight: 600; }
.good { --kind: var(--good); } .bad { --kind: var(--bad); } .soso { --kind: var(--soso); } .none { --kind: var(--none); }
.verdict, .tiles strong, .state { color: var(--kind); }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin: 1rem 0 0; }
.facts dt, .finding dt { color: var(--dim); font-size: .8rem; }
dd { margin: 0; }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .75rem; padding: 0;
  margin: 2rem 0 0; list-style: none; }
.tiles li { padding: .7rem 1rem; border: 1px solid var(--line); border-top: 3px solid var(--kind); border-radius: 6px; }
.tiles .zero { --kind: var(--none); color: var(--dim); }
.tiles strong { display: block; font-size: 1.7rem; line-height: 1.2; }
.finding { margin: 0 0 1.25rem; padding: 1rem 1.2rem; border: 1px solid var(--line); border-left: 4px solid var(--kind);
  border-radius: 6px; }
.finding.bad { background: var(--bad-soft); } .finding.soso { background: var(--soso-soft); }
.finding .found { margin: .4rem 0 .8rem; font-weight: 600; }
.finding dl { display: grid; grid-template-columns: minmax(0, 11rem) minmax(0, 1fr); gap: .45rem 1rem; margin: 0 0 .8rem; }
.badge { display: inline-block; padding: 0 .5em; border: 1px solid var(--kind); border-radius: 4px; color: var(--kind);
  font-size: .75rem; text-transform: uppercase; letter-spacing: .04em; }
details { margin: .5rem 0; }
summary { cursor: pointer; }
.again { margin: .8rem 0 0; font-size: .9rem; color: var(--dim); }
.group { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .9rem; }
.group summary span { color: var(--dim); font-size: .9rem; }
.checks { margin: .5rem 0 0; padding: 0; list-style: none; font-size: .93rem; }
.checks li { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: .5rem; padding: .3rem 0;
  border-top: 1px solid var(--line); }
.checks i { color: var(--dim); }
.state { font-size: .85rem; }
a { color: inherit; }
footer { margin-top: 3rem; color: var(--dim); font-size: .85rem; }
@media (max-width: 36rem) { .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); } .finding dl { grid-template-columns: minmax(0, 1fr); gap: 0; } .finding dd { margin-bottom: .5rem; } }
`;
