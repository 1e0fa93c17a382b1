// A bar chart of speed beside QEMU's, as SVG.

const ROW = 26;
const LEFT = 150;
const UNIT = 170;

/** One bar for each program, and a line where QEMU is. */
export function chart(results) {
  const rows = Object.entries(results).filter(([, { speedOverQemu }]) => speedOverQemu);
  const most = Math.max(2, ...rows.map(([, { speedOverQemu }]) => speedOverQemu));
  const width = LEFT + Math.ceil(most * UNIT) + 60;
  const height = rows.length * ROW + 50;
  const bars = rows.map(([name, { speedOverQemu, mips }], i) => {
    const y = 34 + i * ROW;
    const length = (speedOverQemu * UNIT).toFixed(1);
    return [
      `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${name}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${length}" height="18" fill="${speedOverQemu >= 1 ? '#2a7' : '#c63'}"/>`,
      `<text x="${LEFT + Number(length) + 6}" y="${y + 14}">${speedOverQemu.toFixed(2)} (${mips} MIPS)</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="13">
<title>Speed of programs beside QEMU's</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${LEFT}" y="20">speed of whole processes, QEMU (TCG) = 1</text>
${bars.join('\n')}
<line x1="${LEFT + UNIT}" y1="28" x2="${LEFT + UNIT}" y2="${height - 12}" stroke="#333" stroke-dasharray="4 3"/>
</svg>
`;
}
