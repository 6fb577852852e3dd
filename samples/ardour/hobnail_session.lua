-- Makes an Ardour session with one strip for each control, its OSC surface still to be switched on (docs/ardour.md).
-- ardour7-lua hobnail_session.lua   (where Ardour has another number, so has its Lua)

AudioEngine:set_backend("None (Dummy)", "", "")
local folder = os.getenv("HOBNAIL_SESSION") or "hobnail-session"
local session = create_session(folder, "hobnail", 48000)
assert(session, "the session could not be made; is there one already?")
for _, name in ipairs({ "foley intensity", "foley pitch", "foley texture" }) do
  session:new_audio_track(1, 2, nil, 1, name, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
end
session:save_state("")
close_session()
quit()
