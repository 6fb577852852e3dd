"""The listeners' page: one file, no network, works by keyboard. It never learns which set a sound is of."""

from __future__ import annotations

from typing import Final

PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Hobnail: what do you hear?</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>
:root{color-scheme:dark}*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#0e1117;color:#d6dbe5;
font:16px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{width:min(640px,92vw);padding:32px 0}
h1{font-size:15px;font-weight:500;color:#8b95a7;margin:0 0 28px}
.caption{font-size:28px;line-height:1.25;color:#eef1f6;margin:0 0 22px;min-height:70px}
button{font:inherit;color:#eef1f6;background:#1b2333;border:1px solid #2c3750;border-radius:10px;padding:12px 18px;
cursor:pointer}
button:hover{border-color:#6db8ff}button:focus-visible{outline:2px solid #6db8ff;outline-offset:2px}
button:disabled{opacity:.4;cursor:default}
#play{width:100%;padding:22px;font-size:18px;background:#15304d;border-color:#2b5c8c}
fieldset{border:0;margin:26px 0 0;padding:0}legend{padding:0;margin-bottom:8px;color:#a9b2c3}
.scale{display:grid;grid-template-columns:repeat(5,1fr);gap:8px}
.scale button[aria-pressed=true]{background:#6db8ff;border-color:#6db8ff;color:#0e1117}
.ends{display:flex;justify-content:space-between;font-size:13px;color:#8b95a7;margin-top:4px}
#next{margin-top:30px;width:100%}
.bar{height:4px;background:#1b2333;border-radius:2px;margin-bottom:22px}.bar i{display:block;height:100%;width:0;
background:#6db8ff;border-radius:2px;transition:width .2s}
input{font:inherit;width:100%;padding:12px;border-radius:10px;border:1px solid #2c3750;background:#12161f;color:#eef1f6}
p{color:#a9b2c3}#error{color:#f28f8f;min-height:1.5em}
</style></head><body><main>
<section id="hello"><h1>Hobnail</h1><p class="caption">What do you hear?</p>
<p>You will hear short sounds and read words for each. Some are recordings, some are not; this page does not know which.
Use headphones if you can. Listen as often as you like, then say how it sounds and how well it is what the words say.
You can stop at any time and go on later under the same name.</p>
<input id="name" maxlength="40" placeholder="a name, or any word" autocomplete="off">
<p><button id="begin">Begin</button></p></section>
<section id="trial" hidden><div class="bar"><i id="done"></i></div><h1 id="count"></h1>
<p class="caption" id="caption"></p><button id="play">Play (space)</button>
<fieldset><legend>How does it sound?</legend><div class="scale" data-for="quality"></div>
<div class="ends"><span>bad</span><span>excellent</span></div></fieldset>
<fieldset><legend>Is it what the words say?</legend><div class="scale" data-for="fits"></div>
<div class="ends"><span>not at all</span><span>exactly</span></div></fieldset>
<button id="next" disabled>Next (enter)</button></section>
<section id="end" hidden><p class="caption">Thank you. That was all.</p></section>
<p id="error" role="alert"></p></main>
<script>
"use strict";
const $=id=>document.getElementById(id),audio=new Audio();let order=[],at=0,played=0,said={},listener="",ready=false;
const show=id=>["hello","trial","end"].forEach(s=>$(s).hidden=s!==id);
const fail=e=>{$("error").textContent=e};
document.querySelectorAll(".scale").forEach(scale=>{for(let n=1;n<=5;n++){const b=document.createElement("button");
b.textContent=n;b.setAttribute("aria-pressed","false");b.onclick=()=>{said[scale.dataset.for]=n;
scale.querySelectorAll("button").forEach(x=>x.setAttribute("aria-pressed",String(x===b)));look()};scale.append(b)}});
function look(){$("next").disabled=!(said.quality&&said.fits&&played>0)}
function trial(){if(at>=order.length){show("end");return}played=0;said={};ready=true;
document.querySelectorAll(".scale button").forEach(b=>b.setAttribute("aria-pressed","false"));
$("count").textContent=`Sound ${at+1} of ${order.length}`;$("done").style.width=`${100*at/order.length}%`;
$("caption").textContent=order[at].caption;audio.src=`/sound/${order[at].id}`;look();show("trial");$("play").focus()}
function play(){audio.currentTime=0;audio.play().then(()=>{played++;look()}).catch(e=>fail(String(e)))}
async function next(){if($("next").disabled||!ready)return;ready=false;try{
const r=await fetch("/answer",{method:"POST",headers:{"content-type":"application/json"},
body:JSON.stringify({trial:order[at].id,listener,quality:said.quality,fits:said.fits,played})});
if(!r.ok)throw new Error(await r.text());at++;fail("");trial()}catch(e){ready=true;fail(String(e))}}
$("play").onclick=play;$("next").onclick=next;
$("begin").onclick=async()=>{listener=$("name").value.trim();if(!listener){$("name").focus();return}
try{const r=await fetch(`/order?listener=${encodeURIComponent(listener)}`);if(!r.ok)throw new Error(await r.text());
order=await r.json();at=0;trial()}catch(e){fail(String(e))}};
document.addEventListener("keydown",e=>{if($("trial").hidden)return;if(e.code==="Space"){e.preventDefault();play()}
else if(e.code==="Enter"){e.preventDefault();next()}});
</script></body></html>
"""
