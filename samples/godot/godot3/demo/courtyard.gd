extends Spatial
# Walks through the courtyard: plays a scene trace (see samples/scenes) with Hobnail's nodes. On the command line:
#   --x-osc=9700  --x-trace=courtyard.trace  --x-seconds=34

const Emitter = preload("res://addons/hobnail/emitter.gd")
const Listener = preload("res://addons/hobnail/listener.gd")
const RATE = 48000.0
const LOUD_M_S = 6.0  # a contact this fast is as loud as it gets

var _items = []
var _next = 0
var _columns = []
var _emitters = {}
var _ears = Listener.new()
var _played_s = -1.0  # before the server is found
var _seconds = 34.0
var _events = 0


func _ready():
	Engine.target_fps = 60
	var trace = "res://courtyard.trace"
	for arg in OS.get_cmdline_args():
		if arg.begins_with("--x-trace="):
			trace = arg.trim_prefix("--x-trace=")
		elif arg.begins_with("--x-seconds="):
			_seconds = float(arg.trim_prefix("--x-seconds="))
	add_child(_ears)
	if not _read(trace):
		push_error("Courtyard: cannot read %s; copy courtyard.trace beside project.godot." % trace)
		get_tree().quit(1)
	var hobnail = get_tree().root.get_node("Hobnail")
	hobnail.connect("found", self, "_found")
	hobnail.connect("lost", self, "_lost")
	hobnail.connect("refused", self, "_refused")


func _found(version):
	print("found ", version)
	if _played_s < 0.0:
		_played_s = 0.0


func _lost():
	print("lost")


func _refused(address, code, _text):
	print("refused %s %s" % [address, code])


func _process(delta):
	if _played_s < 0.0:
		return
	_played_s += delta
	while _next < _items.size() and _items[_next]["at"] <= _played_s * RATE:
		_play(_items[_next])
		_next += 1
	if _played_s > _seconds:
		print("played %d events in %.1f s" % [_events, _played_s])
		get_tree().quit()


func _read(path):
	var file = File.new()
	if file.open(path, File.READ) != OK:
		return false
	while not file.eof_reached():
		var line = file.get_line()
		if line == "":
			continue
		var item = parse_json(line)
		if item["is"] == "header":
			_columns = item["columns"]
		elif item["is"] == "emitter":
			_add(item["id"], item["settings"])
		else:
			_items.append(item)
	return true


func _add(id, settings):
	var emitter = Emitter.new()
	emitter.id = id
	emitter.prompt = settings.get("prompt", "")
	emitter.material = settings.get("material", "")
	emitter.mass = settings.get("mass_kg", 0.0)
	emitter.size = settings.get("size_m", 0.0)
	emitter.gain_db = settings.get("gain_db", 0.0)
	emitter.translation = _vector(settings.get("position_m", [0, 0, 0]))
	_emitters[id] = emitter
	add_child(emitter)


func _play(item):
	match item["is"]:
		"event":
			_happen(item)
		"frame":
			_move(item)
		"listener":
			_look(item["pose"])
		"control":
			_emitters[item["emitter"]].control(item["control"], item["value"])


func _happen(item):
	var contact = item.get("contact", {})
	var speed = max(contact.get("speed_m_s", 1.0), contact.get("slip_m_s", 0.0))
	var intensity = contact.get("intensity", clamp(speed / LOUD_M_S, 0.05, 1.0))
	var emitter = _emitters[item["emitter"]]
	_events += 1
	match item.get("action", "trigger"):
		"trigger":
			emitter.trigger(item["name"], intensity, contact.get("material", ""), contact.get("other", ""))
		"start":
			emitter.start(item["name"], intensity, contact.get("material", ""))
		"stop":
			emitter.stop(item["name"])


# Things move where the trace says; the emitters themselves see how fast.
func _move(item):
	for id in item["rows"]:
		var values = item["rows"][id]
		var at = []
		for axis in ["x", "y", "z"]:
			var column = _columns.find("position_%s_m" % axis)
			if column >= 0 and column < values.size() and values[column] != null:
				at.append(values[column])
		if at.size() == 3:
			_emitters[id].translation = _vector(at)


func _look(pose):
	var at = _vector(pose["position_m"])
	_ears.look_at_from_position(at, at + _vector(pose["forward"]), _vector(pose["up"]))


func _vector(numbers):
	return Vector3(numbers[0], numbers[1], numbers[2])
