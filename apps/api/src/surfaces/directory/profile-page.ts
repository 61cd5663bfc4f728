import { createHash } from 'node:crypto';

const style = `body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:4rem auto;padding:0 1rem}
label{display:block;margin-top:1rem}input,button{font:inherit;width:100%;box-sizing:border-box;padding:.5rem}
button{margin-top:1.5rem}p[role]{min-height:1.5rem}`;

/** The token stands behind the `#`, where no server sees it; it leaves the address bar once it was used. */
const script = `const token=new URLSearchParams(location.hash.slice(1)).get('token')??'';
const form=document.querySelector('form');const told=document.querySelector('p[role]');
if(token===''){form.remove();told.textContent='This link is not complete: open it as it was given to you.'}
form.addEventListener('submit',async(event)=>{
event.preventDefault();told.textContent='';
const fields=Object.fromEntries(new FormData(form));
try{
const answer=await fetch('api/v1/directory/invitations/accept',{method:'POST',headers:{'content-type':'application/json'},body:JSON.stringify({token,...fields})});
if(answer.ok){history.replaceState(null,'',location.pathname);form.remove();told.textContent='Your profile is ready: you can sign in now.';return}
const body=await answer.json().catch(()=>({}));
told.textContent=typeof body.error==='string'?body.error:'This did not work. Try again.';
}catch{told.textContent='The server cannot be reached. Try again.'}
});`;

/** Where whoever is invited chooses a name and a password. It holds nothing of anybody and loads nothing. */
export const profilePage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Finish your profile</title><style>${style}</style></head>
<body><h1>Finish your profile</h1>
<form><label>User name<input name="userName" required autocomplete="username" maxlength="256"></label>
<label>Your name<input name="displayName" required autocomplete="name" maxlength="256"></label>
<label>Password<input name="password" type="password" required autocomplete="new-password"></label>
<button>Done</button></form><p role="status"></p>
<script>${script}</script></body></html>
`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** This script and this style, and calls to this server. */
export const profilePageHeaders = {
  'content-security-policy': `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
};
