import { describe, expect, it } from 'vitest';
import { parseCliOptions, UsageError } from '../../local/cli-options.ts';

describe('the command line', () => {
  it('has defaults', () =>
    expect(parseCliOptions([])).toEqual({ port: 4000, timeScale: 1, dataDir: '.segue', allowedHosts: [], fresh: false, verbose: false, help: false }));

  it('takes all flags', () => {
    const args = ['--port', '0', '--time-scale=3600', '--data-dir', 'x', '--allowed-host', 'Shop.Tunnel.example', '--allowed-host=.lan', '--fresh', '--verbose', '--help'];
    expect(parseCliOptions(args)).toEqual({ port: 0, timeScale: 3600, dataDir: 'x', allowedHosts: ['shop.tunnel.example', '.lan'], fresh: true, verbose: true, help: true });
  });

  it.each([
    [['--port', '65536'], '"65536": must be a whole number from 0 to 65535'],
    [['--port', '80.5'], '"80.5"'],
    [['--port', ''], '""'],
    [['--time-scale', '0.5'], '"0.5": must be a number from 1 to 1000000'],
    [['--time-scale', 'fast'], '"fast"'],
    [['--data-dir', ' '], '--data-dir'],
    [['--allowed-host', 'https://shop.example'], '"https://shop.example": must be the name of a host'],
    [['--allowed-host', 'shop.example:4000'], '"shop.example:4000"'],
    [['--allowed-host', '.'], '"."'],
    [['--allowed-host', '*'], '"*"'],
    [['--nope'], '--nope'],
    [['extra'], 'extra'],
  ])('refuses %j', (args, message) => {
    expect(() => parseCliOptions(args)).toThrow(UsageError);
    expect(() => parseCliOptions(args)).toThrow(message);
  });
});
