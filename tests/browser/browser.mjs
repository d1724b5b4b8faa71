// One browser for all, and pages in it that are watched.

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** The Chromium of this machine. */
export function launch(executablePath) {
  const sandboxed = process.getuid?.() !== 0;
  return chromium.launch({ executablePath, args: sandboxed ? [] : ['--no-sandbox'] });
}

/**
 * Opens a page and gives it with a list of everything that it must not do: dialogs, requests,
 * messages, errors, windows, downloads, violations of its policy.
 */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...options });
  const did = [];
  const page = await context.newPage();
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', it => {
      (window.__violations ??= []).push(`${it.violatedDirective} ${it.blockedURI} ${it.sample}`);
    });
  });
  page.on('dialog', dialog => {
    did.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on('console', message => did.push(`console: ${message.text()}`));
  page.on('pageerror', error => did.push(`error: ${error.message}`));
  page.on('crash', () => did.push('crash'));
  page.on('download', it => did.push(`download: ${it.url()}`));
  page.on('worker', it => did.push(`worker: ${it.url()}`));
  page.on('websocket', it => did.push(`socket: ${it.url()}`));
  context.on('page', it => did.push(`window: ${it.url()}`));
  context.on('request', request => {
    if (request.url().split('#')[0] !== url) did.push(`request: ${request.url()}`);
  });
  page.on('framenavigated', frame => {
    if (frame.url().split('#')[0] !== url) did.push(`navigation: ${frame.url()}`);
  });
  const started = performance.now();
  await page.goto(url, { waitUntil: 'load' });
  const took = performance.now() - started;
  return { context, page, did, took };
}

/**
 * Serves files with a policy that takes scripts and styles away, as hosts of artefacts do.
 */
export async function bareHost() {
  const server = createServer((request, response) => {
    const file = Buffer.from(request.url.slice(1).split('#')[0], 'base64url').toString();
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "sandbox; default-src 'none'",
    });
    response.end(readFileSync(file));
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: file => `http://127.0.0.1:${port}/${Buffer.from(file).toString('base64url')}`,
    close: () => server.close(),
  };
}

/** Functions that every page of the tests has: `describe(element)`, `seen(element)`. */
export const helpers = () => {
  const named = element => {
    const id = element.id ? `#${element.id}` : '';
    const classes = [...element.classList].map(it => `.${it}`).join('');
    return `${element.localName}${id}${classes}`;
  };
  const describe = element => {
    const steps = [];
    for (let at = element; at?.localName && at.localName !== 'body' && steps.length < 4; at = at.parentElement) {
      steps.unshift(named(at));
      if (at.id) break;
    }
    const text = (element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 50);
    return `${steps.join(' > ')}${text ? ` «${text}»` : ''}`;
  };
  const seen = element => element.checkVisibility({ visibilityProperty: true });
  window.__t = { describe, seen };
};
