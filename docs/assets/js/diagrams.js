// Draws the page's diagrams in the colours of the scheme, and again when the reader changes it.
(() => {
  const here = document.currentScript.src;
  const sources = [...document.querySelectorAll("pre.diagram")].map((pre) => {
    const figure = document.createElement("div");
    figure.className = "diagram";
    pre.replaceWith(figure);
    return { figure, text: pre.textContent };
  });
  if (!sources.length) return;

  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

  async function draw() {
    mermaid.initialize({
      startOnLoad: false,
      theme: "base",
      fontFamily: getComputedStyle(document.body).fontFamily,
      themeVariables: {
        background: colour("--paper"),
        primaryColor: colour("--panel"),
        primaryTextColor: colour("--ink"),
        primaryBorderColor: colour("--bar"),
        lineColor: colour("--bar"),
        clusterBkg: colour("--paper"),
        clusterBorder: colour("--line"),
        edgeLabelBackground: colour("--paper"),
        titleColor: colour("--ink"),
      },
    });
    const scheme = document.body.dataset.mdColorScheme;
    for (const [number, { figure, text }] of sources.entries()) {
      figure.innerHTML = (await mermaid.render(`diagram-${number}`, text)).svg;
      figure.firstElementChild.dataset.scheme = scheme;
    }
  }

  const script = document.createElement("script");
  script.src = new URL("../vendor/mermaid.tiny.js", here);
  script.onload = () => {
    draw();
    new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  };
  document.head.append(script);
})();
