// How times, lengths of time and numbers are written.
const FOR_EVER = 50 * 365 * 86400; // seconds; nobody means a longer end than that

export const count = (number) => (number ?? 0).toLocaleString("en");

// One or two digits behind the point where the number is small.
export const rough = (number) =>
  number.toLocaleString("en", {
    notation: Math.abs(number) >= 1e5 ? "compact" : "standard",
    maximumFractionDigits: Math.abs(number) < 1 ? 2 : Math.abs(number) < 100 ? 1 : 0,
  });

export const signed = (number) => `${number > 0 ? "+" : number < 0 ? "\u2212" : ""}${count(Math.abs(number))}`;

export const percent = (share) =>
  `${(100 * share).toLocaleString("en", { maximumFractionDigits: share < 0.1 ? 1 : 0 })} %`;

export const bytes = (number) => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = number < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(number) / 10));
  return `${rough(number / 1024 ** step)} ${units[step]}`;
};

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

const UNITS = [
  ["y", 365 * 86400],
  ["d", 86400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

// A length in seconds, by its `most` largest units.
export const duration = (seconds, most = 2) => {
  if (seconds === null || seconds === undefined) return "";
  if (seconds >= FOR_EVER) return "for ever";
  if (seconds < 1) return seconds > 0 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : "0 s";
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  let rest = Math.round(seconds);
  const first = UNITS.findIndex(([, length]) => rest >= length);
  const parts = [];
  for (const [unit, length] of UNITS.slice(first, first + most)) {
    if (rest >= length) parts.push(`${Math.floor(rest / length)} ${unit}`);
    rest %= length;
  }
  return parts.join(" ");
};

// As the settings write it, for the API; a second at least.
export const apiDuration = (seconds) => (seconds >= FOR_EVER ? "forever" : `${Math.max(1, Math.round(seconds))}s`);

const two = (number) => String(number).padStart(2, "0");
const parts = (seconds) => {
  const date = new Date(seconds * 1000);
  return {
    day: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    minute: `${two(date.getHours())}:${two(date.getMinutes())}`,
    second: two(date.getSeconds()),
  };
};
const isTime = (seconds) => typeof seconds === "number" && Math.abs(seconds) < 8e12;

// All in the time zone of who looks.
export const day = (seconds) => parts(seconds).day;
export const clock = (seconds) => `${parts(seconds).minute}:${parts(seconds).second}`;
export const moment = (seconds) => {
  if (!isTime(seconds)) return "never";
  const { day, minute, second } = parts(seconds);
  return `${day} ${minute}:${second}`;
};
export const shortMoment = (seconds) => (isTime(seconds) ? moment(seconds).slice(0, 16) : "never");

export const isForEver = (seconds, now = Date.now() / 1000) => seconds - now >= FOR_EVER;

// "3 min ago", "in 2 h 5 min".
export const fromNow = (seconds, now = Date.now() / 1000) => {
  if (!isTime(seconds)) return "never";
  const ahead = seconds - now;
  if (isForEver(seconds, now)) return "for ever";
  if (Math.abs(ahead) < 1) return "now";
  const far = Math.round(Math.abs(ahead));
  const [, unit] = UNITS.find(([, length]) => far >= length);
  const text = duration(far, far < 3 * unit ? 2 : 1);
  return ahead > 0 ? `in ${text}` : `${text} ago`;
};

// Controls, and what turns or hides text, spelled out.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u202f\u3164]/gu;
// What is stacked higher than any script needs would be drawn over its neighbours.
const STACKED = /(\p{M}{4})\p{M}+/gu;
export const visible = (text) =>
  String(text ?? "")
    .replace(UNSEEN, (letter) => `\\u{${letter.codePointAt(0).toString(16)}}`)
    .replace(STACKED, "$1…");
