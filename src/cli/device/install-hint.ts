/** How a report is made a timer of the system; `undefined` for a system without a hint. */
export function installHint(platform: string, everySeconds: number, args: readonly string[]): string | undefined {
  switch (platform) {
    case 'linux':
      return systemdHint(everySeconds, args);
    case 'darwin':
      return launchdHint(everySeconds, args);
    default:
      return undefined;
  }
}

/** systemd.service(5): `%` begins a specifier and `$` a variable, also in quotes. */
function quoteForSystemd(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@:./%=-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** For the person's own session, since only there the desktop says whether the screen locks. */
function systemdHint(everySeconds: number, args: readonly string[]): string {
  return `# ~/.config/systemd/user/postern-device-report.service
[Unit]
Description=Report this device to Postern

[Service]
Type=oneshot
ExecStart=${args.map(quoteForSystemd).join(' ')}

# ~/.config/systemd/user/postern-device-report.timer
[Unit]
Description=Report this device to Postern

[Timer]
OnStartupSec=1min
OnUnitActiveSec=${everySeconds}s
RandomizedDelaySec=${Math.max(1, Math.round(everySeconds / 10))}s

[Install]
WantedBy=timers.target

# Then: systemctl --user enable --now postern-device-report.timer
`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function launchdHint(everySeconds: number, args: readonly string[]): string {
  return `<!-- ~/Library/LaunchAgents/postern.device-report.plist; then: launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/postern.device-report.plist -->
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>postern.device-report</string>
  <key>ProgramArguments</key>
  <array>
${args.map((arg) => `    <string>${escapeXml(arg)}</string>`).join('\n')}
  </array>
  <key>StartInterval</key>
  <integer>${everySeconds}</integer>
  <key>RunAtLoad</key>
  <true/>
</dict>
</plist>
`;
}
