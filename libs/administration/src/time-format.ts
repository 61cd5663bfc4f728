const longest = 64;

/** Tokens as Moment.js has them, longer ones first, and texts in brackets. */
const token =
  'YYYYYY|YYYY|YY|Y|MMMM|MMM|MM|Mo|M|DDDD|DDDo|DDD|DD|Do|D|dddd|ddd|dd|do|d|E|e|gggg|gg|GGGG|GG|Qo|Q|WW|Wo|W|ww|wo|w|' +
  'HH|H|hh|h|kk|k|mm|m|ss|s|S{1,9}|A|a|ZZ|Z|zz|z|LTS|LT|L{1,4}|l{1,4}|X|x';
/** One piece after another, each the longest there is: tried in every other way, a text of many tokens would never end. */
const piece = new RegExp(`(${token})|\\[[^\\[\\]]*\\]|[ .,:;/_()'-]|T`, 'y');

/** How times are shown: tokens such as `YYYY-MM-DD HH:mm:ss` with what stands between them. */
export function isTimeFormat(text: string): boolean {
  if (text.length > longest || /\p{Cc}/u.test(text)) return false;
  let tokens = 0;
  for (let at = 0; at < text.length; at = piece.lastIndex) {
    piece.lastIndex = at;
    const found = piece.exec(text);
    if (!found) return false;
    if (found[1] !== undefined) tokens++;
  }
  return tokens > 0;
}
