"""The page's one style sheet. A table of rules: no logic, and nothing from the world. Pure."""

STYLE = """
:root{color-scheme:light dark;--back:#f5f5f3;--panel:#fff;--well:#f3f4f5;--ink:#1a1e23;--soft:#59616b;--line:#dcdfe2;
--link:#0a58b0;--pass:#146c46;--warn:#865000;--fail:#b3231a;--skip:#59616b;--crash:#6a3aa4;
--pass-tint:#e7f4ec;--warn-tint:#fbf1dc;--fail-tint:#fdebe8;--skip-tint:#ecedef;--crash-tint:#f2eafa}
@media (prefers-color-scheme:dark){:root{--back:#0f1215;--panel:#171b1f;--well:#0f1215;--ink:#e5e8eb;--soft:#9ba4ae;
--line:#2c3238;--link:#85b7ff;--pass:#62cc98;--warn:#efb751;--fail:#ff8f86;--skip:#9ba4ae;--crash:#c8a2f5;
--pass-tint:#12291f;--warn-tint:#2d2411;--fail-tint:#331b1a;--skip-tint:#21262b;--crash-tint:#281d36}}
.pass{--tone:var(--pass);--tint:var(--pass-tint)}
.warn{--tone:var(--warn);--tint:var(--warn-tint)}
.fail{--tone:var(--fail);--tint:var(--fail-tint)}
.skip{--tone:var(--skip);--tint:var(--skip-tint)}
.crash{--tone:var(--crash);--tint:var(--crash-tint)}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:0 clamp(1rem,4vw,2.5rem);max-width:76rem;background:var(--back);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
h1,h2,h3,p,ul,ol,dl,dd,pre,table{margin:0;padding:0}
ul,ol{list-style:none}
h2{font-size:1.0625rem;font-weight:650;line-height:1.3;letter-spacing:-.005em}
h3{font-size:1rem;font-weight:600;line-height:1.4}
a{color:var(--link);text-underline-offset:.18em;text-decoration-thickness:.06em}
a:hover{text-decoration-thickness:.12em}
:focus-visible{outline:2px solid var(--link);outline-offset:3px;border-radius:4px}
code,pre{font-family:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
b,strong{font-weight:600}
.soft,.question code,.more{color:var(--soft);font-size:.875rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip-link{position:absolute;left:-99rem}
.skip-link:focus{left:1rem;top:.5rem;padding:.4rem .8rem;background:var(--panel);z-index:1}
.sign{flex:none;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
header,footer{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.25rem 1.5rem;padding:1.1rem 0;
color:var(--soft);font-size:.875rem}
header strong{color:var(--ink);font-size:1rem;letter-spacing:-.01em}
nav ul{display:flex;gap:1.25rem}
main{display:grid;gap:1.25rem}
main>*,.columns>*{min-width:0}
.verdict{padding:clamp(1.25rem,3vw,2.25rem);border-radius:14px;background:var(--tint);
border:1px solid color-mix(in srgb,var(--tone) 28%,transparent)}
.badge{display:flex;align-items:center;gap:.45rem;margin-bottom:.5rem;color:var(--tone);font-size:1rem;font-weight:650;
letter-spacing:0}
h1{font-size:clamp(1.5rem,1.15rem + 1.7vw,2.25rem);font-weight:650;line-height:1.2;letter-spacing:-.018em}
h1 .told{display:block;text-wrap:balance}
.verdict>*+*{margin-top:.75rem}
.age{display:flex;flex-wrap:wrap;gap:.1rem 1.75rem}
.verdict>.age{margin-top:1rem}
.notice{display:flex;gap:.6rem;padding:.65rem .85rem;border-radius:8px;background:var(--panel);
border:1px solid var(--warn)}
.notice .sign{margin-top:.3rem;color:var(--warn)}
.verdict>.notice+h1{margin-top:1.5rem}
.panel{padding:clamp(1.1rem,2.4vw,1.75rem);border:1px solid var(--line);border-radius:14px;background:var(--panel)}
.panel>*+*{margin-top:.75rem}
.panel>*+h2{margin-top:1.6rem}
.fix{max-width:46rem}
.commands{display:grid;gap:.6rem}
.commands li{min-width:0}
pre{font-size:.875rem;padding:.65rem .9rem;overflow-x:auto;scrollbar-width:thin;
border:1px solid var(--line);border-radius:8px;background:var(--well);
overflow-wrap:normal;line-height:1.5}
.whole{white-space:nowrap}
pre code,.whole{-webkit-user-select:all;user-select:all}
pre code{display:inline-block;font-size:inherit;min-width:100%;cursor:copy}
dl{display:grid;gap:.5rem}
dl div{display:grid;grid-template-columns:8.5rem minmax(0,1fr);gap:0 1rem}
dt{color:var(--soft)}
.also{display:grid;gap:.25rem}
.columns{display:grid;gap:1.25rem}
.columns>div{display:grid;gap:1.25rem;align-content:start}
.side dl div{grid-template-columns:minmax(0,1fr)}
.columns dl{font-size:.9375rem}
.side dt{font-size:.8125rem}
article+article{padding-top:1.4rem;border-top:1px solid var(--line)}
.panel>article+article{margin-top:1.4rem}
article>*+*{margin-top:.5rem}
.state{color:var(--tone);font-weight:600}
.chain{margin-left:.2rem}
.chain>li{position:relative;padding-bottom:.35rem}
.chain>li:not(:last-child)::before{content:"";position:absolute;left:.8rem;top:2.2rem;bottom:-.45rem;
border-left:2px solid color-mix(in srgb,var(--tone) 45%,transparent)}
.chain>.fail::before,.chain>.skip::before,.chain>.crash::before{border-left-style:dashed}
summary{display:flex;align-items:center;gap:.75rem;padding:.3rem 0;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::after{content:"";width:.45rem;height:.45rem;margin:0 .3rem .15rem auto;border:solid var(--soft);
border-width:0 2px 2px 0;transform:rotate(45deg)}
[open]>summary::after{transform:rotate(-135deg);margin-bottom:-.15rem}
summary:hover .name{text-decoration:underline;text-underline-offset:.18em}
.chain .sign{width:1.75rem;height:1.75rem;padding:.38rem;border-radius:50%;color:var(--tone);background:var(--tint);
stroke-width:2.4}
.label{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 .75rem;min-width:0}
.name{font-weight:600;min-width:7.25rem}
.label .state{min-width:4.1rem}
.chain ul{display:grid;gap:.7rem;padding:.5rem 0 1rem 2.5rem}
.chain ul li{display:grid;grid-template-columns:4.5rem minmax(0,1fr);gap:0 .75rem}
.chain ul .state{font-size:.875rem;line-height:1.7}
.question code{white-space:nowrap}
.question+p{color:var(--soft)}
.chain ul .fail .question+p,.chain ul .warn .question+p,.chain ul .crash .question+p{color:var(--ink)}
.life{display:grid;grid-template-columns:1fr auto;gap:.2rem 1rem;align-items:baseline}
.panel>.life+.life{margin-top:1.25rem}
.life+dl{margin-top:1.4rem}
.words{font-weight:600;color:var(--pass)}
.over .words{color:var(--fail)}
.life svg,.ends{grid-column:1/-1}
.whole-life{fill:var(--line)}
.left{fill:var(--pass)}
.now{fill:var(--ink)}
.ends{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;color:var(--soft);font-size:.8125rem}
.strip{display:block;overflow:hidden}
.strip path{fill:none;stroke:var(--tone);stroke-width:.66}
table{width:100%;border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.35rem 1rem .35rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;
font-weight:400}
thead th{color:var(--soft)}
td{padding-right:0;color:var(--tone)}
tbody tr:last-child>*{border-bottom:0}
@media (min-width:62rem){.columns{grid-template:auto 1fr/minmax(0,1fr) 25.5rem}.side{grid-area:1/2/3/3}
.columns>section{align-self:start}}
@media (max-width:36rem){dl div{grid-template-columns:minmax(0,1fr)}dt{font-size:.8125rem}
.chain ul{padding-left:.2rem}.chain ul li{grid-template-columns:minmax(0,1fr)}
.chain>li:not(:last-child)::before{bottom:auto;height:0}}
@media print{body{background:none}.skip-link,nav{display:none}pre{white-space:pre-wrap}}
"""
