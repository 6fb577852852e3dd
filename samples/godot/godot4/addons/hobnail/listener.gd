extends Node3D
# The ears: make it a child of the camera.

const FARTHEST = 0.001  # metres or parts of a turn that nobody hears

var _told = Transform3D()
var _silent = 1.0


func _process(delta):
	var session = get_tree().root.get_node_or_null("Hobnail")
	var now = global_transform
	_silent += delta
	if session == null or not session.connected or (_near(now) and _silent < 1.0):
		return
	_told = now
	_silent = 0.0
	var ahead = -now.basis.z
	var up = now.basis.y
	var at = now.origin
	session.send("/hobnail/listener", [at.x, at.y, at.z, ahead.x, ahead.y, ahead.z, up.x, up.y, up.z])


func _near(now):
	var moved = (now.origin - _told.origin).length()
	return moved + (now.basis.z - _told.basis.z).length() + (now.basis.y - _told.basis.y).length() < FARTHEST
