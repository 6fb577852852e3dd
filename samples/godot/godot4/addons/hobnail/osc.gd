extends RefCounted
# OSC 1.0 messages to bytes and back: i, f, s and b are sent; T and F are understood too.

const AT_ONCE = [0, 1]  # the time tag that means "now"


static func message(address: String, args: Array = []) -> PackedByteArray:
	var tags = ","
	var body = StreamPeerBuffer.new()
	body.big_endian = true
	for arg in args:
		match typeof(arg):
			TYPE_INT:
				tags += "i"
				body.put_32(arg)
			TYPE_FLOAT:
				tags += "f"
				body.put_float(arg)
			TYPE_PACKED_BYTE_ARRAY:
				tags += "b"
				body.put_32(arg.size())
				body.put_data(padded(arg))
			_:
				tags += "s"
				body.put_data(text(str(arg)))
	var packet = text(address)
	packet.append_array(text(tags))
	packet.append_array(body.data_array)
	return packet


# Several messages in one packet, taken at once and in order.
static func bundle(messages: Array) -> PackedByteArray:
	var buffer = StreamPeerBuffer.new()
	buffer.big_endian = true
	buffer.put_data(text("#bundle"))
	for half in AT_ONCE:
		buffer.put_u32(half)
	for one in messages:
		buffer.put_32(one.size())
		buffer.put_data(one)
	return buffer.data_array


# [address, arguments] of a message, or [] when the bytes are none.
static func parse(packet: PackedByteArray) -> Array:
	if packet.size() < 8 or packet.size() % 4 != 0:
		return []
	var buffer = StreamPeerBuffer.new()
	buffer.big_endian = true
	buffer.data_array = packet
	var address = take_text(buffer)
	var tags = take_text(buffer)
	if not address.begins_with("/") or not tags.begins_with(","):
		return []
	var args = []
	for tag in tags.substr(1):
		if tag in "if" and buffer.get_available_bytes() < 4:
			return []
		if tag == "i":
			args.append(buffer.get_32())
		elif tag == "f":
			args.append(buffer.get_float())
		elif tag == "s":
			args.append(take_text(buffer))
		elif tag == "T" or tag == "F":
			args.append(tag == "T")
		else:
			return []
	return [address, args]


static func text(value: String) -> PackedByteArray:
	var bytes = value.to_utf8_buffer()
	bytes.append(0)
	return padded(bytes)


static func padded(bytes: PackedByteArray) -> PackedByteArray:
	while bytes.size() % 4 != 0:
		bytes.append(0)
	return bytes


static func take_text(buffer: StreamPeerBuffer) -> String:
	var bytes = PackedByteArray()
	while buffer.get_available_bytes() > 0:
		var byte = buffer.get_u8()
		if byte == 0:
			break
		bytes.append(byte)
	var rest = (4 - buffer.get_position() % 4) % 4
	buffer.seek(int(min(buffer.get_position() + rest, buffer.get_size())))
	return bytes.get_string_from_utf8()
