// The floor: the same fleet on one canvas without any framework, fed by the same frames over a bare websocket.
window.__canvas = async () => {
  const { agents } = await (await fetch('/api/v1/snapshot')).json();
  document.body.style.margin = '0';
  const canvas = document.body.appendChild(document.createElement('canvas'));
  canvas.width = innerWidth;
  canvas.height = innerHeight;
  const c = canvas.getContext('2d');
  const place = new Map(agents.map((a, i) => [a[0], i]));
  const text = agents.map((a) => a[13] ?? '');
  const rows = 100;
  const [width, height] = [292, 88];
  const offset = { x: 0, y: 0 };
  const draw = () => {
    due = false;
    c.clearRect(0, 0, canvas.width, canvas.height);
    c.font = '13px sans-serif';
    c.beginPath();
    const shown = [];
    for (let i = 0; i < agents.length; i++) {
      const x = Math.floor(i / rows) * width + offset.x;
      const y = (i % rows) * height + offset.y;
      if (x < -width || y < -height || x > canvas.width || y > canvas.height) continue;
      c.rect(x, y, 236, 76);
      shown.push([i, x, y]);
    }
    c.stroke();
    for (const [i, x, y] of shown) {
      c.fillText(agents[i][2], x + 12, y + 22);
      c.fillText(text[i], x + 12, y + 44);
    }
  };
  let due = false;
  const soon = () => {
    if (!due) requestAnimationFrame(draw);
    due = true;
  };
  canvas.addEventListener('wheel', (e) => {
    e.preventDefault();
    offset.x -= e.deltaX;
    offset.y -= e.deltaY;
    soon();
  });
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  socket.onmessage = ({ data }) => {
    if (data[0] === '0') return socket.send('40/live,');
    if (data === '2') return socket.send('3');
    if (!data.startsWith('42/live,')) return;
    const [, frame] = JSON.parse(data.slice(8));
    for (const p of frame.patches) if (p[0] === 'h' && place.has(p[1])) text[place.get(p[1])] = p[4] ?? '';
    soon();
  };
  draw();
};
