// How elements are made: what they hold is always text, never markup.
import { visible } from "./format.js";

const isPlain = (thing) => thing && Object.getPrototypeOf(thing) === Object.prototype;

function fill(element, classes, children) {
  const attributes = isPlain(children[0]) ? children.shift() : {};
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false),
  );
  return element;
}

// el("p.note", {id: "said"}, "text", other): an attribute that is a function listens to the event of that name;
// attributes and children that are nothing, null or false are left out.
export function el(what, ...children) {
  const [name, ...classes] = what.split(".");
  return fill(document.createElement(name), classes, children);
}

export function svg(what, ...children) {
  const [name, ...classes] = what.split(".");
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), classes, children);
}

// What strangers wrote: what cannot be seen is spelled out, and its direction stays its own.
export const outside = (text, longest = 160) => {
  const whole = visible(text);
  const letters = [...whole];
  const cut = letters.length > longest;
  const shown = cut ? `${letters.slice(0, longest).join("")}…` : whole;
  return el(
    "bdi",
    {
      class: /\S{21}/.test(shown) ? "outside long" : "outside",
      title: cut ? letters.slice(0, 2000).join("") : null,
    },
    shown,
  );
};
