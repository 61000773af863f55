"""How the notebooks draw: quiet, legible on a light page and on a dark one."""

from collections.abc import Mapping

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib_inline.backend_inline import set_matplotlib_formats

INK = "#7a7f87"
"""Between black and white: it reads on either."""
COLOURS = ("#c7752b", "#3f7f93", "#8a8f2f", "#8b6aa8", "#5b8c5a")

set_matplotlib_formats("svg")
mpl.rcParams.update({
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.prop_cycle": mpl.cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "figure.figsize": (7.2, 3.2),
    "font.size": 10,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "savefig.transparent": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "on duty",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
})  # fmt: skip


def bars(values: Mapping[str, float], title: str, *, log: bool = False, form: str = "{:.3g}") -> Axes:
    """Draw one horizontal bar a name, with its value in words."""
    _, axes = plt.subplots(figsize=(7.2, 0.5 * len(values) + 1.1))
    colours = [COLOURS[index % len(COLOURS)] for index in range(len(values))]
    drawn = axes.barh(list(values), list(values.values()), color=colours, height=0.6)
    axes.bar_label(drawn, labels=[form.format(value) for value in values.values()], padding=4)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_title(title)
    if log:
        axes.set_xscale("log")
    return axes


def lines(series: Mapping[str, Mapping[float, float]], title: str, *, x: str, y: str, log: bool = False) -> Axes:
    """Draw one line a name."""
    _, axes = plt.subplots()
    for name, points in series.items():
        axes.plot(list(points), list(points.values()), marker="o", label=name)
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.set_xticks(sorted({at for points in series.values() for at in points}))
    if log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.legend()
    return axes
