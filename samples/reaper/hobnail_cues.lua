-- Hobnail: the project's markers, regions and automation become a cue sheet, and the sheet goes to the server.
--
-- A marker "feet:footstep 0.7 gravel" is an event; a region "door:scrape" begins and ends a sustained one.
-- Automation of the "Hobnail controls" effect on a track moves the emitter that the track is named after.
-- Run it from the action list whenever the project has changed; then press play. docs/reaper.md has the steps.

local PYTHON = "python3"          -- the Python that has hobnail installed
local SERVER = "127.0.0.1:9700"
local EFFECT = "Hobnail controls"
local CONTROLS = { "pitch", "intensity", "texture" }
local STEP_S = 0.02               -- automation is read this often
local SMALLEST = 0.002            -- and a value told when it has moved so far

local function line(...)
  return table.concat({ ... }, "\t")
end

local function seconds(at)
  return string.format("%.6f", at)
end

-- "feet:footstep 0.7 gravel" -> "feet", "footstep", { "0.7", "gravel" }
local function parsed(name)
  local words = {}
  for word in name:gmatch("%S+") do
    words[#words + 1] = word
  end
  local emitter, event = (words[1] or ""):match("^([%w_.%-]+):([%w_.%-]+)$")
  return emitter, event, { table.unpack(words, 2) }
end

local function markers(lines)
  local index = 0
  while true do
    local found, is_region, from, to, name = reaper.EnumProjectMarkers(index)
    if found == 0 then
      return
    end
    local emitter, event, words = parsed(name)
    if emitter then
      local address = "/hobnail/" .. emitter .. "/event/" .. event
      if is_region then
        lines[#lines + 1] = line(seconds(from), address .. "/start", table.unpack(words))
        lines[#lines + 1] = line(seconds(to), address .. "/stop")
      else
        lines[#lines + 1] = line(seconds(from), address, table.unpack(words))
      end
    end
    index = index + 1
  end
end

local function envelope(lines, track, fx, parameter, address, length)
  local points = reaper.GetFXEnvelope(track, fx, parameter, false)
  if not points then
    return
  end
  local last
  for step = 0, math.ceil(length / STEP_S) do
    local at = step * STEP_S
    local _, value = reaper.Envelope_Evaluate(points, at, 48000, 1)
    if not last or math.abs(value - last) >= SMALLEST then
      lines[#lines + 1] = line(seconds(at), address, string.format("%.4f", value))
      last = value
    end
  end
end

local function automation(lines)
  local length = reaper.GetProjectLength(0)
  for index = 0, reaper.CountTracks(0) - 1 do
    local track = reaper.GetTrack(0, index)
    local _, emitter = reaper.GetTrackName(track)
    for fx = 0, reaper.TrackFX_GetCount(track) - 1 do
      local _, name = reaper.TrackFX_GetFXName(track, fx, "")
      if name:find(EFFECT, 1, true) then
        for parameter, control in ipairs(CONTROLS) do
          envelope(lines, track, fx, parameter - 1, "/hobnail/" .. emitter .. "/" .. control, length)
        end
      end
    end
  end
end

local lines = { "# seconds, address, arguments; written by hobnail_cues.lua" }
markers(lines)
automation(lines)
local path = reaper.GetProjectPath("") .. "/hobnail_cues.tsv"
local sheet = assert(io.open(path, "w"))
sheet:write(table.concat(lines, "\n"), "\n")
sheet:close()
local command = string.format('"%s" -m hobnail_bridges.osc.cues "%s" --to %s', PYTHON, path, SERVER)
reaper.ShowConsoleMsg((reaper.ExecProcess(command, 15000) or "hobnail_cues: Python could not be started") .. "\n")
