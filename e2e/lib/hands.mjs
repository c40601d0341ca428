// What a person's hands do on the page, for the stories.

/** Drags the handle of a bar to so many percent from its left. */
export async function drag(page, group, percent) {
  const bar = page.getByRole('group', { name: group })
  const knob = bar.getByRole('slider')
  await knob.scrollIntoViewIfNeeded()
  // The track is what the handle runs on; its width is the bar's.
  const [box, from] = [await bar.boundingBox(), await knob.boundingBox()]
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + (box.width * percent) / 200, from.y + from.height / 2)
  await page.mouse.move(box.x + (box.width * percent) / 100, from.y + from.height / 2)
  await page.mouse.up()
  return knob
}

/** Waits until what was applied is where it has to be, on every data plane for example, and answers the revision's number. */
export async function receipt(page, says = /^on 1 of 1 data plane$/) {
  const status = page.getByRole('status', { name: /^Receipt of r/ })
  await status.getByText(says).waitFor()
  const number = Number((await status.getAttribute('aria-label')).slice('Receipt of r'.length))
  await status.getByRole('button', { name: 'Close receipt' }).click()
  return number
}

/** A link of the rail. */
export const nav = (page, name) => page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: new RegExp(`^${name}`) })

/** Steps of a story: what follows one that failed would only fail again. */
export function inOrder(t) {
  return async (name, body) => {
    let failed
    await t.test(name, () => body().catch((error) => Promise.reject((failed = error))))
    if (failed) throw new Error(`stopped after: ${name}`)
  }
}
