"""report.html: a version at a glance, in one file that loads nothing and fits a phone."""

from functools import cache

from jinja2 import Template
from jinja2.sandbox import SandboxedEnvironment

from core.agreement import ENOUGH
from core.exports.about import About, Contents
from core.exports.card import figure

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ about.dataset }} {{ about.number }}</title>
<style>
:root { color-scheme: light dark; --ink: #1c2024; --faint: #667; --bar: #2a7f62; --back: #e7ebe9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaec; --faint: #9aa3ab; --bar: #4fb893; --back: #2a2f33; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 40rem;
  margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.faint { color: var(--faint); } .goal { white-space: pre-line; }
dl.counts { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; }
dl.counts div { display: flex; flex-direction: column-reverse; }
dl.counts dd { margin: 0; font-size: 1.6rem; font-variant-numeric: tabular-nums; }
dl.counts dt { color: var(--faint); }
.row { display: flex; justify-content: space-between; gap: 1rem; }
.bar { background: var(--back); border-radius: 4px; margin-bottom: .6rem; }
.bar span { display: block; height: .6rem; border-radius: 4px; background: var(--bar); }
</style>
</head>
<body>
{% macro bars(counts) %}
{% for name, count in counts.items() %}
<div class="row"><span>{{ name }}</span><span>{{ count }}</span></div>
<div class="bar"><span style="width:{{ (100 * count / held.records) | round(1) }}%"></span></div>
{% endfor %}
{% endmacro %}
{% macro number(label, value) %}<div><dt>{{ label }}</dt><dd>{{ value }}</dd></div>{% endmacro %}
<h1>{{ about.dataset }} {{ about.number }}</h1>
<p class="faint">{{ about.at }}</p>
<p class="goal">{{ about.goal }}</p>
<dl class="counts">
{{ number("记录 / records", held.records) }}
{{ number("原样 / as written", held.as_written) }}
{{ number("改过 / corrected", held.corrected) }}
{{ number("导入 / imported", held.imported) }}
</dl>
<h2>划分 / Splits</h2>
{{ bars(held.splits) }}
<h2>类别 / Categories</h2>
{{ bars(held.categories) }}
<h2>一致 / Agreement</h2>
{% if about.agreement.enough %}
<dl class="counts">
{{ number("原始 / raw", figure(about.agreement.raw)) }}
{{ number("Krippendorff α", figure(about.agreement.alpha)) }}
{{ number("Gwet AC1", figure(about.agreement.ac1)) }}
{{ number("n", about.agreement.n) }}
</dl>
{% else %}
<p>n = {{ about.agreement.n }}：两票以上的记录少于 {{ least }} 条，不给数字 /
fewer than {{ least }} records with two votes or more: no figure</p>
{% endif %}
<h2>变化 / Changes</h2>
{% if about.previous is none %}
<p>第一版 / the first version</p>
{% else %}
<p class="faint">自 / since v{{ "%04d" % about.previous }}</p>
<dl class="counts">
{{ number("新增 / added", about.changes.added | length) }}
{{ number("更正 / corrected", about.changes.corrected | length) }}
{{ number("撤回 / withdrawn", about.changes.withdrawn | length) }}
</dl>
{% endif %}
</body>
</html>
"""


def report(about: About, held: Contents) -> str:
    """The page; whatever the texts hold, they are shown as text."""
    return _template().render(about=about, held=held, figure=figure, least=ENOUGH)


@cache
def _template() -> Template:
    environment = SandboxedEnvironment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.from_string(_PAGE)
