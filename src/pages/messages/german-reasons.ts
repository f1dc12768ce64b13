import type { ReasonCode } from '../../decision/reason.ts';
import type { ReasonText } from './reason-text.ts';

/** What each reason is called and says in German. `{app}` never stands in the dative or genitive: titles are not declined. */
export const germanReasons = {
  granted: {
    title: 'Zugang gewährt',
    headline: 'Sie können {app} öffnen',
    detail: 'Dem steht nichts im Weg.',
  },
  public_route: {
    title: 'Für alle offen',
    headline: '{App} ist für alle offen',
    detail: 'Eine Anmeldung ist nicht nötig.',
  },
  preflight: {
    title: 'Vorabfrage beantwortet',
    headline: 'Eine Vorabfrage wurde beantwortet',
    detail: 'Ein Browser hat vorab gefragt, ob eine andere Website {app} aufrufen darf.',
  },

  login_required: {
    title: 'Anmeldung nötig',
    headline: 'Melden Sie sich an, um {app} zu öffnen',
    detail: '{App} öffnet sich nur nach einer Anmeldung. Danach kommen Sie dorthin zurück, wo Sie waren.',
  },
  session_expired: {
    title: 'Sie wurden abgemeldet',
    headline: 'Sie wurden abgemeldet',
    detail:
      'Ihre Sitzung wurde eine Weile nicht benutzt oder hat ihre Höchstdauer erreicht. Melden Sie sich neu an, um dort weiterzumachen, wo Sie waren.',
  },
  session_revoked: {
    title: 'Ihre Sitzung wurde beendet',
    headline: 'Ihre Sitzung wurde beendet',
    detail:
      'Sie selbst, die Administration oder eine Schutzregel hat sie vorzeitig beendet. Melden Sie sich neu an, um {app} zu öffnen. Wenn Sie das überrascht, sagen Sie Ihrer IT Bescheid.',
  },
  step_up_required: {
    title: 'Eine weitere Bestätigung ist nötig',
    headline: '{App} bittet Sie zu bestätigen, dass Sie es sind',
    detail:
      'Sie sind angemeldet, aber {app} verlangt einen stärkeren oder frischeren Nachweis, etwa einen Passkey oder einen Code.',
  },
  reauth_required: {
    title: 'Ihr letzter Nachweis ist zu alt',
    headline: '{App} bittet Sie erneut zu bestätigen, dass Sie es sind',
    detail:
      'Sie haben sich ausgewiesen, aber das ist länger her, als {app} erlaubt. Bestätigen Sie es noch einmal, um weiterzumachen.',
  },

  account_locked: {
    title: 'Zugang angehalten',
    headline: 'Ihr Zugang ist angehalten',
    detail:
      'Die Administration, oder eine Regel zum Schutz Ihres Kontos, hat ihn angehalten. Es geht nichts verloren. Wenn Sie nicht wissen, warum, fragen Sie Ihre IT und nennen Sie die Angaben unten.',
  },
  not_in_required_group: {
    title: 'Ihr Konto steht nicht auf der Liste',
    headline: '{App} ist für Ihr Konto nicht freigegeben',
    detail: 'Sie sind angemeldet, aber {app} wurde für dieses Konto noch nicht freigegeben.',
  },
  wrong_account: {
    title: 'Das ist nicht das richtige Konto',
    headline: '{App} ist für ein anderes Konto gedacht',
    detail:
      'Sie sind mit einem Konto angemeldet, für das {app} nicht gedacht ist. Wechseln Sie zu dem Konto, das Sie dafür benutzen.',
  },
  explicit_deny: {
    title: 'Eine Regel hält dies geschlossen',
    headline: '{App} ist für Sie geschlossen',
    detail: 'Eine Regel hält {app} für dieses Konto oder dieses Gerät geschlossen.',
  },
  method_not_granted: {
    title: 'Das dürfen Sie hier nicht',
    headline: 'Das dürfen Sie hier nicht tun',
    detail:
      'Sie dürfen Teile davon öffnen ({app}), aber nicht das tun, was gerade versucht wurde. Es wurde nichts geändert.',
  },
  path_not_granted: {
    title: 'Dieser Teil ist für Sie nicht offen',
    headline: 'Dieser Teil ist für Sie nicht offen ({app})',
    detail: 'Andere Teile sind es vielleicht.',
  },
  device_unknown: {
    title: 'Dieses Gerät ist nicht bekannt',
    headline: 'Mit diesem Gerät können Sie {app} nicht öffnen',
    detail:
      'Wir kennen dieses Gerät nicht. {App} öffnet sich nur auf Geräten, die Ihr Unternehmen betreut: Benutzen Sie eines davon, oder lassen Sie dieses einrichten.',
  },
  device_not_compliant: {
    title: 'Dieses Gerät braucht erst eine Änderung',
    headline: 'Sie können {app} noch nicht öffnen',
    detail: 'An diesem Gerät muss erst etwas geändert werden. Prüfen Sie danach erneut.',
  },
  posture_stale: {
    title: 'Dieses Gerät hat sich lange nicht gemeldet',
    headline: 'Sie können {app} noch nicht öffnen',
    detail:
      'Wir haben zu lange nichts von diesem Gerät gehört. Verbinden Sie es, warten Sie, bis sich sein Geräteprogramm gemeldet hat, und prüfen Sie dann erneut.',
  },
  posture_unavailable: {
    title: 'Geräte können gerade nicht geprüft werden',
    headline: 'Wir können Geräte gerade nicht prüfen',
    detail:
      '{App} öffnet sich nur auf geprüften Geräten, und die Prüfung antwortet nicht. Sie haben nichts falsch gemacht. Versuchen Sie es in ein paar Minuten noch einmal.',
  },
  network_not_allowed: {
    title: 'Aus diesem Netz nicht erreichbar',
    headline: '{App} ist aus diesem Netz nicht erreichbar',
    detail: 'Verbinden Sie sich mit dem Netz oder VPN Ihres Unternehmens, und prüfen Sie dann erneut.',
  },
  outside_hours: {
    title: 'Zu dieser Zeit geschlossen',
    headline: '{App} ist zu dieser Zeit geschlossen',
    detail: 'Offen ist nur zu festen Zeiten. Kommen Sie dann wieder, oder fragen Sie die Verantwortlichen.',
  },
  condition_not_met: {
    title: 'Eine Bedingung ist nicht erfüllt',
    headline: '{App} steht Ihnen gerade nicht offen',
    detail: 'Offen ist nur unter bestimmten Bedingungen, und eine davon trifft auf Sie oder diese Anfrage nicht zu.',
  },
  risk_too_high: {
    title: 'Wegen ungewöhnlicher Aktivität angehalten',
    headline: '{App} ist zum Schutz Ihres Kontos angehalten',
    detail:
      'Etwas an dieser Sitzung ist ungewöhnlich. Wenn Sie es sich nicht erklären können, sagen Sie gleich Ihrer IT Bescheid. Sonst melden Sie sich ab und neu an: Das weist nach, dass Sie es sind. Oder prüfen Sie später erneut.',
  },
  step_up_not_met: {
    title: 'Der Nachweis wurde nicht bestätigt',
    headline: '{App} hat den nötigen Nachweis nicht bekommen',
    detail:
      'Sie haben sich angemeldet, aber Ihr Anmeldedienst hat den stärkeren oder frischeren Nachweis nicht bestätigt, den {app} verlangt. Das muss die Administration ändern: Schicken Sie ihr die Angaben unten.',
  },
  origin_not_allowed: {
    title: 'Eine andere Website darf das nicht',
    headline: 'Eine andere Website kann {app} nicht für Sie benutzen',
    detail: 'Eine Seite einer anderen Website wollte {app} aufrufen. Öffnen Sie {app} stattdessen selbst.',
  },
  websocket_not_allowed: {
    title: 'Live-Verbindungen sind ausgeschaltet',
    headline: '{App} nimmt keine Live-Verbindungen an',
    detail: 'Live-Aktualisierungen (WebSockets) sind für {app} ausgeschaltet.',
  },

  request_malformed: {
    title: 'Die Anfrage ist nicht lesbar',
    headline: 'Wir können diese Adresse oder Anfrage nicht lesen',
    detail:
      'Ein Teil davon ist ungültig, deshalb wurde sie nicht weitergegeben. Achten Sie auf überflüssige Zeichen, oder gehen Sie zurück und folgen Sie dem Link noch einmal.',
  },
  service_unknown: {
    title: 'Dieses Token ist nicht bekannt',
    headline: 'Dieser Dienst ist hier nicht bekannt',
    detail:
      'Token oder Zertifikat gehören zu keinem Dienst der Konfiguration. Die Administration stellt ein neues aus.',
  },
  credentials_conflict: {
    title: 'Zwei Arten von Nachweisen zugleich',
    headline: 'Diese Anfrage sagt zweimal, von wem sie kommt',
    detail:
      'Sie trägt mehr als eine Art von Nachweis. Senden Sie entweder die Sitzung des Browsers oder ein Token, nie beides.',
  },
  sign_in_lost: {
    title: 'Die Anmeldung ging verloren',
    headline: 'Diese Anmeldung hat zu lange gedauert oder wurde in einem anderen Tab beendet',
    detail: 'Es ist nichts passiert. Beginnen Sie hier noch einmal.',
  },
  sign_in_refused: {
    title: 'Die Anmeldung wurde nicht angenommen',
    headline: 'Ihre Anmeldung wurde nicht angenommen',
    detail:
      'Der Anmeldedienst hat geantwortet, aber wir können seine Antwort nicht annehmen. Versuchen Sie es noch einmal.',
  },
  cookies_missing: {
    title: 'Ein Cookie fehlt',
    headline: 'Ihr Browser hat ein Cookie nicht behalten, das die Anmeldung braucht',
    detail:
      'Erlauben Sie Cookies für diese Website, oder verlassen Sie das private Surfen, und versuchen Sie es dann noch einmal.',
  },
  route_unknown: {
    title: 'Hier gibt es keine App',
    headline: 'Hier gibt es keine App, die Sie öffnen können',
    detail: 'Prüfen Sie die Adresse, oder wählen Sie aus der Liste Ihrer Apps.',
  },
  request_too_large: {
    title: 'Das ist zu groß',
    headline: 'Das war zu groß zum Senden',
    detail:
      'Die Datei oder das Formular ist größer, als {app} annimmt. Gehen Sie zurück, verkleinern Sie es, und senden Sie es noch einmal.',
  },
  trailers_refused: {
    title: 'Diese Art zu senden geht hier nicht',
    headline: 'So lässt sich das nicht senden',
    detail: 'Hinter dem Inhalt stehen Trailer, die {app} nicht bekäme. Senden Sie ihn ohne Trailer.',
  },
  rate_limited: {
    title: 'Zu viele Versuche',
    headline: 'Das waren zu viele Versuche',
    detail: 'Warten Sie eine Minute, und versuchen Sie es dann noch einmal.',
  },

  idp_unavailable: {
    title: 'Die Anmeldung ist gestört',
    headline: 'Die Anmeldung funktioniert gerade nicht',
    detail:
      'Der Anmeldedienst antwortet nicht. Apps, die Sie geöffnet haben, laufen weiter. Versuchen Sie es in ein paar Minuten noch einmal.',
  },
  state_unavailable: {
    title: 'Sitzungen können gerade nicht geprüft werden',
    headline: 'Wir können Ihre Sitzung gerade nicht prüfen',
    detail:
      'Ein Teil des Gateways antwortet nicht, deshalb ist der Zugang sicherheitshalber angehalten. Sie wurden nicht abgemeldet. Versuchen Sie es in einer Minute noch einmal.',
  },
  audit_unavailable: {
    title: 'Zugriffe können gerade nicht aufgezeichnet werden',
    headline: 'Wir können Zugriffe gerade nicht aufzeichnen',
    detail:
      'Zugriffe müssen aufgezeichnet werden ({app}), und das Protokoll ist nicht beschreibbar. Versuchen Sie es in ein paar Minuten noch einmal.',
  },
  policy_error: {
    title: 'Bei uns stimmt etwas nicht',
    headline: 'Bei uns stimmt etwas nicht',
    detail:
      'Der Zugang ist sicherheitshalber angehalten. Sie haben nichts falsch gemacht. Versuchen Sie es in ein paar Minuten noch einmal.',
  },
  shutting_down: {
    title: 'Das Gateway startet neu',
    headline: 'Das Gateway startet neu',
    detail: 'Versuchen Sie es in ein paar Sekunden noch einmal.',
  },
  identity_too_large: {
    title: 'Sie sind in zu vielen Gruppen für diese App',
    headline: '{App} kann Ihre Gruppen nicht alle aufnehmen',
    detail:
      'Sie sind zugelassen, aber die Liste Ihrer Gruppen ist länger, als {app} annimmt. Sie selbst können das nicht ändern; wer die App betreut, kann es.',
  },
  upstream_busy: {
    title: 'Die App hat zu viel zu tun',
    headline: '{App} hat gerade zu viel zu tun',
    detail:
      'Bei Ihnen und beim Gateway ist alles in Ordnung, aber zu viele Anfragen warten auf {app}. Versuchen Sie es gleich noch einmal.',
  },
  upstream_unreachable: {
    title: 'Die App antwortet nicht',
    headline: '{App} antwortet nicht',
    detail:
      'Bei Ihnen und beim Gateway ist alles in Ordnung, aber {app} ist nicht erreichbar. Versuchen Sie es gleich noch einmal.',
  },
  upstream_timeout: {
    title: 'Die App hat zu lange gebraucht',
    headline: '{App} hat zu lange gebraucht',
    detail:
      'Bei Ihnen und beim Gateway ist alles in Ordnung, aber {app} hat nicht rechtzeitig geantwortet. Versuchen Sie es gleich noch einmal.',
  },
} as const satisfies Record<ReasonCode, ReasonText>;
