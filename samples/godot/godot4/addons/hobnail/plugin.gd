@tool
extends EditorPlugin
# Adds the autoload and the two node types to the editor.


func _enter_tree():
	add_autoload_singleton("Hobnail", "res://addons/hobnail/session.gd")
	add_custom_type("HobnailEmitter", "Node3D", preload("emitter.gd"), null)
	add_custom_type("HobnailListener", "Node3D", preload("listener.gd"), null)


func _exit_tree():
	remove_custom_type("HobnailListener")
	remove_custom_type("HobnailEmitter")
	remove_autoload_singleton("Hobnail")
