extends Node3D
# A sounding thing, where this node is. Its speed is that of the node.

const FEATURES = 12  # of scene/1, in the order of docs/protocol.md
const SPEED = 0
const SLIP = 3
const POSITION = 9

@export var id = ""  # empty: the node's name and number
@export var prompt = ""  # words for it: "an oak barrel"
@export var material = ""  # of the thing itself
@export var mass = 0.0  # kg; 0: unknown
@export var size = 0.0  # m; 0: unknown
@export_range(-120.0, 24.0, 0.1) var gain_db = 0.0
@export_range(0, 100) var priority = 50

var slip = NAN  # set it while something scrapes, m/s
var _session
var _last = Vector3()
var _features = StreamPeerBuffer.new()


func _ready():
	if id == "":
		id = "%s-%d" % [_plain(name), get_instance_id()]
	_last = global_transform.origin
	_session = get_tree().root.get_node_or_null("Hobnail")
	if _session == null:
		push_error("Hobnail: enable the plug-in, so that its autoload is there.")
	else:
		_session.add(self)


func _exit_tree():
	if _session != null:
		_session.remove(self)


# Something happens: intensity 0..1, and what it touches.
func trigger(event: String, intensity: float, surface: String = "", other: String = ""):
	_event("event/" + event, intensity, surface, other)


# A sustained sound begins: roll, scrape, rain. It follows this node's speed.
func start(event: String, intensity: float = 0.5, surface: String = ""):
	_event("event/%s/start" % event, intensity, surface, "")


func stop(event: String):
	if _session != null:
		_session.tell(id, "event/%s/stop" % event)


# A control, 0..1: pitch, intensity, texture.
func control(name: String, value: float):
	if _session != null:
		_session.tell(id, name, [value])


# Says all that is known of it; the session calls this whenever a server is found.
func introduce():
	_session.tell(id, "create", [prompt] if prompt != "" else [])
	if material != "":
		_session.tell(id, "material", [material])
	if mass > 0.0:
		_session.tell(id, "mass", [mass])
	if size > 0.0:
		_session.tell(id, "size", [size])
	_session.tell(id, "gain", [gain_db])
	_session.tell(id, "priority", [priority])
	var at = global_transform.origin
	_session.tell(id, "position", [at.x, at.y, at.z])


func _event(what, intensity, surface, other):
	if _session == null:
		return
	var args = [clamp(intensity, 0.001, 1.0)]  # 0 is a button that is let go
	if surface != "" or other != "":
		args.append(surface)
	if other != "":
		args.append(other)
	_session.tell(id, what, args)


func _process(delta):
	if _session == null or delta <= 0.0:
		return
	var at = global_transform.origin
	_features.clear()
	for column in FEATURES:
		var value = NAN
		if column == SPEED:
			value = (at - _last).length() / delta
		elif column == SLIP:
			value = slip
		elif column >= POSITION:
			value = at[column - POSITION]
		_features.put_float(value)
	_last = at
	_session.frame(id, _features.data_array)


func _plain(text):
	var plain = ""
	for one in text.substr(0, 40):
		plain += one if one in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_" else "_"
	return plain
