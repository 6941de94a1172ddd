import { request } from 'node:http';

/** Sends exactly these headers, Host and Origin among them, which fetch would set itself. */
export function rawRequest(url: string, headers: Record<string, string>, { method = 'GET', body = '' } = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers: { connection: 'close', ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    call.once('error', reject);
    call.end(body);
  });
}

/** What browsers send for pages of another site, by how they try. */
export const foreignRequests: Record<string, Record<string, string>> = {
  'fetch of a page': { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
  'an older browser': { origin: 'https://evil.example' },
  'a sandboxed frame or a file': { origin: 'null' },
  'a page of another local port': { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-site' },
  'a picture or script': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  'a frame': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  'a name that was made to lead here': { host: 'rebound.evil.example' },
  'a name that looks like this machine': { host: '127.0.0.1.evil.example' },
  'an address that leads here on many systems': { host: '0.0.0.0' },
};
