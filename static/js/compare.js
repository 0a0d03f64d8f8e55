/* Before and after: lays one picture over the other; the range input moves the line (pointer and keys alike). */

export function start(figure) {
  const frame = figure.querySelector('.compare__frame');
  const range = figure.querySelector('.compare__range');
  const show = () => {
    frame.style.setProperty('--pos', `${range.value}%`);
    range.setAttribute('aria-valuetext', frame.dataset.say.replace('{n}', range.value));
  };
  range.addEventListener('input', show);
  frame.classList.add('is-live');
  show();
}
