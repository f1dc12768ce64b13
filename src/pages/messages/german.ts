import type { PhraseKey } from './english.ts';

/** Every text of the pages but the reasons', in German. */
export const german: Readonly<Record<PhraseKey, string>> = {
  'app.unnamed': 'diese App',
  'app.unnamed_capital': 'Diese App',
  'development.label': 'Entwicklungsmodus',
  'development.notice': 'Entwicklungsmodus: Anmeldung und Daten sind nicht echt. Nur für diesen Computer.',

  'account.signed_in_as': 'Angemeldet als {person}',
  'account.switch': 'Konto wechseln',
  'nav.label': 'Postern',
  'nav.apps': 'Ihre Apps',
  'nav.device': 'Dieses Gerät',
  'footer.decision': 'Entscheidung {id}',

  'action.sign_in': 'Anmelden',
  'action.sign_in_again': 'Neu anmelden',
  'action.confirm': 'Bestätigen, dass Sie es sind',
  'action.check_again': 'Erneut prüfen',
  'action.try_again': 'Noch einmal versuchen',
  'action.open_app': '{app} öffnen',
  'action.continue': 'Weiter',
  'action.open_with_certificate': 'Mit dem Zertifikat dieses Geräts öffnen',
  'action.see_what_to_do': 'Was Sie tun können',
  'action.open_full': 'Im ganzen Fenster öffnen',
  'action.sign_out': 'Abmelden',
  'action.stay': 'Angemeldet bleiben',
  'action.new_tab': '(öffnet einen neuen Tab)',

  'ways.title': 'Andere Wege',
  'ways.ask_owner': 'Bitten Sie {owner} um Zugang.',
  'ways.owner': 'Zuständig ist {owner} ({app}).',
  'ways.device': 'Sehen Sie alles, was an diesem Gerät geprüft wird.',
  'ways.switch': 'Benutzen Sie ein anderes Konto.',
  'ways.apps': 'Wählen Sie eine andere Ihrer Apps.',

  'requirements.title': 'Was {app} verlangt',
  'requirement.provider': 'Ein Konto eines anderen Anmeldedienstes',
  'requirement.groups': 'Mitgliedschaft in einer der zugelassenen Gruppen',
  'requirement.emails': 'Eine zugelassene E-Mail-Adresse',
  'requirement.domains': 'Eine E-Mail-Adresse einer zugelassenen Domain',
  'requirement.methods': 'Eine andere Art von Anfrage: diese ist für Sie nicht freigegeben',
  'requirement.paths': 'Ein anderer Teil der App: dieser ist für Sie nicht freigegeben',
  'requirement.networks': 'Eines der zugelassenen Netze',
  'requirement.device': 'Ein Gerät, das die Prüfungen besteht',
  'requirement.auth': 'Ein stärkerer oder neuerer Nachweis, dass Sie es sind',
  'requirement.risk': 'Eine Sitzung mit weniger Risiko',
  'message.title': 'Von den Zuständigen ({app})',

  'checks.title': 'Was geprüft wurde',
  'checks.failed': 'Prüfungen, die Ihre Aufmerksamkeit brauchen: {failed} von {total}',
  'checks.passed.one': '{count} Prüfung bestanden',
  'checks.passed.other': '{count} Prüfungen bestanden',
  'checks.last': 'Zuletzt geprüft {time}',
  'check.pass': 'In Ordnung',
  'check.fail': 'Zu ändern',
  'check.unknown': 'Nicht gemeldet',
  'check.stale': 'Veraltet',
  'check.how_to_fix': 'So beheben Sie es: {check}',
  'check.seen': 'Gesehen: {value}',
  'check.source.self': 'von diesem Gerät gemeldet',
  'check.source.admin': 'von der Administration gesetzt',
  'check.source.other': 'gemeldet von {source}',

  'support.title': 'Angaben für den Support',
  'support.hint': 'Ein Klick auf den Text wählt alles aus; kopieren Sie es dann in Ihre Nachricht.',
  'support.decision': 'Entscheidung',
  'support.time': 'Zeit',
  'support.person': 'Konto',
  'support.app': 'App',
  'support.reason': 'Grund',
  'support.mail_subject': 'Zugang: {app} ({id})',

  'posted.headline': 'Sie wurden abgemeldet, bevor dies gesendet wurde',
  'posted.headline_proof': 'Noch nicht gesendet: {app} bittet Sie zu bestätigen, dass Sie es sind',
  'posted.nothing_saved': 'Es wurde nichts gespeichert.',
  'posted.uncertain':
    'Wir wissen nicht, ob dies gespeichert wurde. Sehen Sie erst nach ({app}), bevor Sie es noch einmal senden.',
  'posted.how': 'Ihr Browser behält Ihre Eingaben in der Regel. So senden Sie sie noch einmal:',
  'posted.step_sign_in': 'Melden Sie sich in einem neuen Tab an, und lassen Sie diesen offen.',
  'posted.step_confirm': 'Bestätigen Sie in einem neuen Tab, dass Sie es sind, und lassen Sie diesen offen.',
  'posted.step_back': 'Kommen Sie zu diesem Tab zurück, und benutzen Sie „Zurück“ in Ihrem Browser.',
  'posted.step_send': 'Prüfen Sie Ihre Eingaben, und senden Sie sie noch einmal.',

  'chain.title': 'Wo es hakt',
  'chain.you': 'Sie',
  'chain.gateway': 'Gateway',
  'chain.ok': 'in Ordnung',
  'chain.broken': 'antwortet nicht',
  'chain.slow': 'zu langsam',

  'choice.headline': 'Anmelden',
  'choice.headline_app': 'Melden Sie sich an, um {app} zu öffnen',
  'choice.detail': 'Wählen Sie, wie Sie sich anmelden möchten.',
  'choice.with': 'Weiter mit {provider}',
  'choice.none': 'Hier ist noch keine Anmeldung eingerichtet.',

  'problem.lost': 'Diese Anmeldung hat zu lange gedauert oder wurde in einem anderen Tab beendet',
  'problem.lost.detail': 'Es ist nichts passiert. Machen Sie hier weiter.',
  'problem.cancelled': 'Sie haben die Anmeldung abgebrochen',
  'problem.cancelled.detail':
    'Sie sind nicht angemeldet. Machen Sie weiter, wenn Sie es noch einmal versuchen möchten.',
  'problem.provider_down': 'Der Anmeldedienst antwortet nicht',
  'problem.provider_down.detail':
    'Das liegt nicht an Ihrem Konto. Apps, die Sie geöffnet haben, laufen weiter. Versuchen Sie es in ein paar Minuten noch einmal.',
  'problem.refused': 'Ihre Anmeldung wurde nicht angenommen',
  'problem.refused.detail':
    'Der Anmeldedienst hat geantwortet, aber wir können seine Antwort nicht annehmen. Versuchen Sie es noch einmal; wenn es wieder geschieht, schicken Sie Ihrer IT die Angaben unten.',
  'problem.account_not_allowed': 'Dieses Konto kann hier nicht benutzt werden',
  'problem.account_not_allowed.detail':
    'Die Anmeldung hat geklappt, aber dieses Konto ist nicht zugelassen. Machen Sie mit einem anderen Konto weiter, oder bitten Sie Ihre IT, dieses zuzulassen.',
  'problem.cookies_missing': 'Ihr Browser hat ein Cookie nicht behalten, das die Anmeldung braucht',
  'problem.cookies_missing.detail':
    'Das kommt vor, wenn Cookies blockiert sind, beim privaten Surfen, oder wenn sich ein Link in einer anderen App öffnet. Erlauben Sie Cookies für diese Website oder öffnen Sie sie in Ihrem üblichen Browser, und machen Sie dann weiter.',

  'portal.headline': 'Ihre Apps',
  'portal.detail': 'Was Sie jetzt mit diesem Konto auf diesem Gerät öffnen können.',
  'portal.empty': 'Hier gibt es noch keine Apps für Sie',
  'portal.empty.detail':
    'Sie sind mit {person} angemeldet. Bitten Sie die Zuständigen der App, die Sie brauchen, oder Ihre IT, sie für dieses Konto freizugeben.',
  'portal.empty.anyone':
    'Bitten Sie die Zuständigen der App, die Sie brauchen, oder Ihre IT, sie für Ihr Konto freizugeben.',
  'tile.ready': 'Bereit',
  'tile.needs_step_up': 'Bittet um Bestätigung, dass Sie es sind',
  'tile.fix_device': 'Erst am Gerät etwas ändern',
  'tile.device_unknown': 'Braucht ein bekanntes Gerät',

  'device.headline': 'Dieses Gerät',
  'device.known': 'Wir kennen dieses Gerät als {device}.',
  'device.unknown': 'Wir kennen dieses Gerät nicht',
  'device.unknown.detail':
    'Ihr Browser hat hier kein Gerätezertifikat gezeigt. Apps, die ein bekanntes Gerät verlangen, bleiben geschlossen; alle anderen öffnen sich wie gewohnt. Wenn Ihr Unternehmen dieses Gerät betreut, öffnen Sie diese Seite über die Adresse, die nach seinem Zertifikat fragt, oder lassen Sie es von Ihrer IT einrichten.',
  'device.no_postures': 'Keine Ihrer Apps verlangt etwas von diesem Gerät.',
  'device.blocks': 'Bis das behoben ist, geschlossen: {apps}',
  'device.privacy':
    'Nur was diese Seite über das Gerät zeigt, zählt, wenn eine App sich öffnet oder geschlossen bleibt.',
  'posture.pass': 'Alles ist in Ordnung',
  'posture.fail': 'Etwas muss geändert werden',
  'posture.stale': 'Das Gerät hat sich zu lange nicht gemeldet',
  'posture.unknown': 'Etwas wurde nie gemeldet',
  'posture.unavailable': 'Kann gerade nicht geprüft werden',

  'sign_out.headline': 'Von allen Apps abmelden?',
  'sign_out.detail':
    'Sie werden von jeder App hinter diesem Gateway abgemeldet. Offene Seiten können verlieren, was nicht gespeichert ist.',
  'signed_out.headline': 'Sie sind abgemeldet',
  'signed_out.detail': 'Jede App hinter diesem Gateway ist für diesen Browser geschlossen.',
  'signed_out.provider':
    'Vielleicht sind Sie bei {provider} noch angemeldet. Wenn andere diesen Computer benutzen, melden Sie sich auch dort ab.',
};
