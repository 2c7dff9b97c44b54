"""How the HTML bulletin looks: an official document (GB/T 9704), with fallbacks for its fonts."""

SONG = '"FZXiaoBiaoSong-B05S","方正小标宋简体","Songti SC","SimSun","Noto Serif CJK SC",serif'
FANG = '"FangSong_GB2312","仿宋_GB2312","FangSong","仿宋","STFangsong","Noto Serif CJK SC",serif'
HEI = '"SimHei","黑体","Heiti SC","Noto Sans CJK SC",sans-serif'

CSS = f"""
:root {{ color-scheme: light; --red: #c00; --line: #666; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; padding: 2rem 1.5rem; max-width: 60rem; background: #fff; color: #111;
  font: 1.125rem/1.75 {FANG}; }}
header {{ text-align: center; }}
.issuer {{ margin: 0; padding-bottom: .6rem; border-bottom: 2px solid var(--red);
  color: var(--red); font: bold 1.9rem/1.3 {SONG}; letter-spacing: .08em; }}
:lang(en) .issuer {{ letter-spacing: 0; }}
h1 {{ margin: 2rem 0 .5rem; font: bold 1.6rem/1.4 {SONG}; }}
h2 {{ margin: 1.6rem 0 .4rem; font: bold 1.2rem/1.5 {HEI}; break-after: avoid; }}
.state {{ margin: 0 0 1.5rem; color: #444; font-size: 1rem; }}
.draft .state {{ display: inline-block; padding: .1rem .8rem; border: 2px solid var(--red);
  color: var(--red); }}
main > p, section > p {{ margin: .3rem 0; text-indent: 2em; }}
:lang(en) main > p, :lang(en) section > p {{ text-indent: 0; }}
table {{ width: 100%; margin: .6rem 0 1rem; border-collapse: collapse; font-size: .95rem;
  line-height: 1.4; border-top: 2px solid #111; border-bottom: 2px solid #111; }}
caption {{ padding: .3rem 0; text-align: left; font: bold 1rem/1.5 {HEI}; break-after: avoid; }}
caption.hidden {{ position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }}
th, td {{ padding: .3rem .5rem; border-bottom: 1px solid #ccc; text-align: left;
  vertical-align: top; font-weight: normal; overflow-wrap: break-word; }}
thead {{ display: table-header-group; }}
thead th {{ border-bottom: 1px solid var(--line); vertical-align: bottom; font-family: {HEI}; }}
tfoot {{ display: table-row-group; }}
tfoot th, tfoot td {{ border-top: 1px solid var(--line); font-weight: bold; }}
tr {{ break-inside: avoid; }}
.right {{ text-align: right; font-variant-numeric: tabular-nums; }}
.short, tbody .right {{ white-space: nowrap; }}
.scroll {{ overflow-x: auto; }}
.wide {{ font-size: .8rem; }}
.wide th, .wide td {{ padding: .25rem .3rem; }}
section > p.remark, main > p.closing {{ margin: 0 0 .8rem; color: #444; font-size: .9rem;
  text-indent: 0; overflow-wrap: anywhere; }}
section > p {{ break-after: avoid; }}
.signed {{ break-before: avoid; margin: 2.5rem 0 1rem; text-align: right; break-inside: avoid; }}
.signed p {{ margin: 0; }}
.notes ol {{ margin: 0; padding-left: 2.6em; font-size: .95rem; line-height: 1.6; }}
.notes li {{ margin: .2rem 0; }}
a {{ color: inherit; text-decoration: underline; text-decoration-color: #999;
  text-underline-offset: .15em; }}
@page {{ size: A4; margin: 30mm 24mm 28mm 26mm;
  @bottom-center {{ content: "— " counter(page) " —"; font: 12pt {SONG}; }} }}
@media print {{
  body {{ max-width: none; padding: 0; font-size: 12pt; }}
  a {{ text-decoration: none; }}
  .scroll {{ overflow: visible; }}
  .whole {{ break-inside: avoid; }}
  .notes {{ break-before: page; }}
}}
"""
