namespace Resilience.Health.AspNetCore;

/// <summary>How the status page looks. Every state has an icon and a word of its own beside its colour. Without less-than signs and ampersands, so that the page is well-formed XML too.</summary>
internal static class PageStyle
{
    /// <summary>Drawn once, used by name: the states' words.</summary>
    public static ReadOnlySpan<byte> Icons => """
        <svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
        <symbol id="ok" viewBox="0 0 24 24"><circle cx="12" cy="12" r="12"/><path d="M6.5 12.5l3.8 3.8 7.2-8"/></symbol>
        <symbol id="degraded" viewBox="0 0 24 24"><path class="fill" d="M12 1.2L23.6 22.3H.4z"/><path d="M12 9v6M12 18.4v.2"/></symbol>
        <symbol id="error" viewBox="0 0 24 24"><path class="fill" d="M7 0h10l7 7v10l-7 7H7l-7-7V7z"/><path d="M8 8l8 8M16 8l-8 8"/></symbol>
        <symbol id="unknown" viewBox="0 0 24 24"><circle cx="12" cy="12" r="12"/><path d="M8.8 9.4a3.2 3.2 0 1 1 4.6 2.9c-.9.5-1.4 1-1.4 2.1M12 17.8v.2"/></symbol>
        <symbol id="starting" viewBox="0 0 24 24"><circle cx="12" cy="12" r="12"/><path d="M12 6v6.3l4 2.4"/></symbol>
        <symbol id="draining" viewBox="0 0 24 24"><circle cx="12" cy="12" r="12"/><path d="M12 6v11M7.5 12.8L12 17.2l4.5-4.4"/></symbol>
        </defs></svg>
        """u8;

    public static ReadOnlySpan<byte> Css => """
        :root{--page:#f5f6f8;--card:#fff;--ink:#1b2028;--mute:#5a6472;--line:#e2e5ea;--faint:#eceff3;
        --ok:#1b7f4d;--degraded:#a05e00;--error:#c5282f;--unknown:#68717f;--starting:#2261c7;--draining:#6d4bb8;--on:#fff}
        @media(prefers-color-scheme:dark){:root{--page:#0f1216;--card:#181c22;--ink:#e7eaef;--mute:#9ba5b3;--line:#2a3038;--faint:#232932;
        --ok:#45c486;--degraded:#eab042;--error:#ff7a70;--unknown:#98a2b0;--starting:#74abff;--draining:#b59af5;--on:#0f1216}}
        *{box-sizing:border-box}
        body,h1,h2,h3,p,dl,dd,ul{margin:0;padding:0}
        body{background:var(--page);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
        main{max-width:1080px;margin:0 auto;padding:28px 20px 40px}
        header{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 12px;margin-bottom:16px}
        h1{font-size:20px;font-weight:650;letter-spacing:-.01em}
        .version,footer,.ends,h2 span,dt{color:var(--mute)}
        .icon{flex:none;fill:var(--is);stroke:none}
        .icon use{stroke:var(--on)}
        symbol path{fill:none;stroke:var(--on);stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}
        symbol circle,symbol .fill{fill:var(--is);stroke:none}
        .ok{--is:var(--ok)}.degraded{--is:var(--degraded)}.error{--is:var(--error)}.unknown{--is:var(--unknown)}.starting{--is:var(--starting)}.draining{--is:var(--draining)}
        .hero,.facts,.checks li{background:var(--card);border:1px solid var(--line);border-radius:12px}
        .hero{display:flex;align-items:center;gap:18px;padding:22px 24px;border-left:6px solid var(--is)}
        .hero .icon{width:52px;height:52px}
        .word{font-size:34px;line-height:1.15;font-weight:700;letter-spacing:-.02em;color:var(--is)}
        .facts{display:grid;grid-template-columns:repeat(4,1fr);margin-top:12px}
        .facts div{padding:13px 18px 15px;border-left:1px solid var(--line)}
        .facts div:first-child{border-left:0}
        dt{font-size:13px}
        .facts dd{font-variant-numeric:tabular-nums;font-weight:550}
        .meter{display:block;width:100%;height:4px;margin-top:7px;border-radius:2px}
        .rest,.none{fill:var(--faint)}.part{fill:var(--starting)}.high .part{fill:var(--error)}
        h2{font-size:15px;font-weight:650;margin:26px 0 10px}
        h2 span{font-weight:400;margin-left:2px}
        .checks{list-style:none;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr));gap:12px}
        .dense{grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr))}
        .dense .ends{display:none}
        .checks li{display:flex;flex-direction:column;padding:14px 16px 10px;min-width:0}
        .checks li:not(.ok){border-left:4px solid var(--is);padding-left:13px}
        .head{display:flex;align-items:center;gap:9px}
        .head .icon{width:18px;height:18px}
        h3{font-size:15px;font-weight:620;flex:1;min-width:0}
        .state{color:var(--is);font-weight:620}
        .said{display:flex;flex-wrap:wrap;gap:1px 0;margin:4px 0 0 -14px;clip-path:inset(0 0 0 14px);color:var(--mute);font-size:13px;font-variant-numeric:tabular-nums}
        .said *::before{content:"·";display:inline-block;width:14px;text-align:center;color:var(--mute);font-weight:400}
        code{font:600 12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--is)}
        .message{margin-top:8px;padding:7px 10px;background:var(--faint);border-radius:7px;font-size:13px}
        .data{margin-top:7px;font-size:13px}
        .data div{display:inline-block;max-width:100%;margin-right:16px}
        .data dt,.data dd{display:inline}
        .data dd{margin-left:6px;font-variant-numeric:tabular-nums}
        .line{display:block;width:100%;height:30px;margin-top:auto;padding-top:10px}
        .line rect{fill:var(--is)}.line .none{fill:var(--faint)}
        .line .ok{opacity:.75}
        .ends{display:flex;justify-content:space-between;font-size:11.5px}
        footer{margin-top:26px;font-size:13px}
        @media(max-width:640px){main{padding:16px 12px 28px}.hero{padding:16px;gap:14px}.hero .icon{width:42px;height:42px}.word{font-size:28px}
        .facts{grid-template-columns:1fr 1fr}.facts div:nth-child(odd){border-left:0}.facts div:nth-child(n+3){border-top:1px solid var(--line)}}
        """u8;
}
