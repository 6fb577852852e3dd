extends Node
# The connection to a Hobnail server, as the autoload "Hobnail". It never waits, and finds a lost server again.

signal found(version)
signal lost
signal refused(address, code, text)

const Osc = preload("osc.gd")
const PING_S = 0.5
const SILENT_S = 1.75

@export var host = "127.0.0.1"
@export var port = 9700

var connected = false
var _udp = PacketPeerUDP.new()
var _emitters = {}  # id -> node
var _frames = []  # messages of this tick
var _since_ping = PING_S
var _since_pong = 0.0


func _ready():
	process_priority = 1000  # after all emitters
	for arg in OS.get_cmdline_args() + OS.get_cmdline_user_args():
		if arg.begins_with("--x-osc="):
			port = int(arg.trim_prefix("--x-osc="))
	open()


# Again with another host or port.
func open():
	_udp.close()
	connected = false
	var problem = _udp.connect_to_host(host, port)
	if problem != OK:
		push_error("Hobnail: no address %s:%d (error %d)" % [host, port, problem])


# One message; arguments are ints, floats, texts or bytes.
func send(address: String, args: Array = []):
	_udp.put_packet(Osc.message(address, args))


# What can be said of an emitter: "prompt", ["an oak barrel"]; see docs/osc.md for the words.
func tell(emitter: String, what: String, args: Array = []):
	send("/hobnail/%s/%s" % [emitter, what], args)


func panic():
	send("/hobnail/panic")


func add(emitter):
	_emitters[emitter.id] = emitter
	if connected:
		emitter.introduce()


func remove(emitter):
	if _emitters.erase(emitter.id):
		tell(emitter.id, "remove")


# Features of one emitter at this tick, sent with those of all others in one packet.
func frame(emitter: String, features: PackedByteArray):
	_frames.append(Osc.message("/hobnail/%s/frame" % emitter, [features]))


func _process(delta):
	_since_ping += delta
	_since_pong += delta
	if _since_ping >= PING_S:
		_since_ping = 0.0
		send("/hobnail/ping")
	while _udp.get_available_packet_count() > 0:
		_hear(_udp.get_packet())
	if connected and _since_pong > SILENT_S:
		connected = false
		lost.emit()
	if connected and _frames.size() > 0:
		_udp.put_packet(Osc.bundle(_frames))
	_frames.clear()


func _hear(packet):
	var heard = Osc.parse(packet)
	if heard.size() == 0:
		return
	if heard[0] == "/hobnail/pong":
		_since_pong = 0.0
		if not connected:
			connected = true
			for emitter in _emitters.values():
				emitter.introduce()
			found.emit(heard[1][0])
	elif heard[0] == "/hobnail/error" and heard[1].size() >= 3:
		push_warning("Hobnail: %s" % str(heard[1]))
		refused.emit(heard[1][0], heard[1][1], heard[1][2])
