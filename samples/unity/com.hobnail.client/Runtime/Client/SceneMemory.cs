// What a client has set up, so that it can be set up again after the server was lost. Pure.
using System.Collections.Generic;

namespace Hobnail
{
    /// <summary>Emitters, controls, buses and the listener, as last set. Events and frames belong to their moment.</summary>
    public sealed class SceneMemory
    {
        private const int Unanswered = 4096;
        private readonly Dictionary<string, EmitterSettings> emitters = new Dictionary<string, EmitterSettings>();
        private readonly List<ControlMessage> controls = new List<ControlMessage>();  // the last said is the last here
        private readonly Dictionary<string, double> buses = new Dictionary<string, double>();
        private readonly SortedDictionary<long, EmitterMessage> unanswered = new SortedDictionary<long, EmitterMessage>();
        private ListenerMessage listener;

        /// <summary>A message went out; an emitter's counts once it is accepted.</summary>
        public void Note(ClientMessage message, long? request)
        {
            var emitter = message as EmitterMessage;
            var control = message as ControlMessage;
            var bus = message as BusMessage;
            var ears = message as ListenerMessage;
            if (emitter != null && request.HasValue)
            {
                unanswered[request.Value] = emitter;
                if (unanswered.Count > Unanswered) { unanswered.Remove(Oldest()); }
            }
            else if (control != null) { Put(control); }
            else if (bus != null) { buses[bus.Bus] = bus.GainDb; }
            else if (ears != null) { Put(ears); }
        }

        public void Accepted(long request)
        {
            EmitterMessage message;
            if (!unanswered.TryGetValue(request, out message)) { return; }
            unanswered.Remove(request);
            Apply(message);
        }

        public void Refused(long? request)
        {
            if (request.HasValue) { unanswered.Remove(request.Value); }
        }

        /// <summary>The messages that set it all up again, and those that were never answered.</summary>
        public List<ClientMessage> Scene()
        {
            foreach (var pair in unanswered) { Apply(pair.Value); }
            unanswered.Clear();
            var messages = new List<ClientMessage>();
            if (listener != null) { messages.Add(listener); }
            foreach (var pair in buses) { messages.Add(new BusMessage { Bus = pair.Key, GainDb = pair.Value }); }
            foreach (var pair in emitters)
            {
                messages.Add(new EmitterMessage { Emitter = pair.Key, Settings = pair.Value });
            }
            messages.AddRange(controls);
            return messages;
        }

        private void Put(ControlMessage said)
        {
            // one of all emitters moved those of single emitters too
            controls.RemoveAll(old => old.Control == said.Control && (said.Emitter == null || old.Emitter == said.Emitter));
            controls.Add(new ControlMessage
            {
                Control = said.Control, Emitter = said.Emitter, Value = said.Value, Plain = said.Plain,
            });
        }

        private void Put(ListenerMessage said)
        {
            listener = listener ?? new ListenerMessage();  // every tick: no memory for it
            listener.Position = said.Position;
            listener.Forward = said.Forward;
            listener.Up = said.Up;
        }

        private void Apply(EmitterMessage message)
        {
            EmitterSettings old;
            if (message.Op == EmitterOp.Remove)
            {
                emitters.Remove(message.Emitter);
                controls.RemoveAll(control => control.Emitter == message.Emitter);
            }
            else if (message.Op == EmitterOp.Create)
            {
                var settings = new EmitterSettings();
                settings.Merge(message.Settings ?? settings);
                emitters[message.Emitter] = settings;
            }
            else if (message.Settings != null && emitters.TryGetValue(message.Emitter, out old))
            {
                old.Merge(message.Settings);
            }
        }

        private long Oldest()
        {
            foreach (var pair in unanswered) { return pair.Key; }
            return 0;
        }
    }
}
