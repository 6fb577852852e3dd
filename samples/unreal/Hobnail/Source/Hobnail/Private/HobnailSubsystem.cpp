#include "HobnailSubsystem.h"

#include "HobnailEmitterComponent.h"
#include "HobnailSettings.h"
#include "HobnailState.h"

DEFINE_LOG_CATEGORY_STATIC(LogHobnail, Log, All);

namespace client = hobnail::client;

UHobnailSubsystem::UHobnailSubsystem() = default;
UHobnailSubsystem::~UHobnailSubsystem() = default;  // here, where FState is known

void UHobnailSubsystem::Initialize(FSubsystemCollectionBase& Collection) {
    Super::Initialize(Collection);
    const UHobnailSettings* Settings = GetDefault<UHobnailSettings>();
    client::Options Options;
    Options.address = Plain(Settings->Address);
    Options.hello = {Plain(Settings->ClientName), Settings->UnitsPerMetre, client::Up::z, client::Handedness::left, true};
    try {
        if (!Settings->ServerKeyFile.IsEmpty()) {
            Options.keys = client::Keys::load(Plain(Settings->ServerKeyFile), Plain(Settings->OwnKeyFile));
        }
        State = std::make_unique<FState>(Options);
        State->Frame.columns = {"speed_m_s", "slip_m_s", "position_x_m", "position_y_m", "position_z_m"};
    } catch (const std::exception& Error) {  // no such key file, no address
        UE_LOG(LogHobnail, Error, TEXT("Hobnail is off: %s"), UTF8_TO_TCHAR(Error.what()));
    }
}

void UHobnailSubsystem::Deinitialize() {
    for (UHobnailEmitterComponent* Emitter : Emitters) {
        Emitter->Unhear();
    }
    State.reset();  // says bye and ends both threads; they sleep for half a second at most
    Super::Deinitialize();
}

TStatId UHobnailSubsystem::GetStatId() const {
    RETURN_QUICK_DECLARE_CYCLE_STAT(UHobnailSubsystem, STATGROUP_Tickables);
}

bool UHobnailSubsystem::IsConnected() const { return State && State->Client.connected(); }

void UHobnailSubsystem::Panic() {
    if (State) {
        State->Client.panic();
    }
}

void UHobnailSubsystem::SetListener(FVector Position, FVector Forward, FVector Up) {
    if (State) {
        State->Client.listener(Plain(Position), Plain(Forward), Plain(Up));
    }
}

void UHobnailSubsystem::Add(UHobnailEmitterComponent* Emitter) {
    Emitters.Add(Emitter);
    if (State && Greetings > 0) {
        Introduce(*Emitter);
    }
}

void UHobnailSubsystem::Remove(UHobnailEmitterComponent* Emitter) {
    Emitters.Remove(Emitter);
    if (State) {
        State->Receiver.forget(Emitter->GetFeed());
        State->Client.remove(Plain(Emitter->Id));
    }
    Emitter->Unhear();
}

void UHobnailSubsystem::Introduce(UHobnailEmitterComponent& Emitter) {
    const UHobnailSettings* Settings = GetDefault<UHobnailSettings>();
    client::EmitterSettings Told;
    const auto Text = [](const FString& Word) { return Word.IsEmpty() ? client::MaybeText() : Plain(Word); };
    const auto Number = [](float Value) { return Value > 0.0f ? client::MaybeNumber(Value) : client::MaybeNumber(); };
    Told.prompt = Text(Emitter.Prompt);
    Told.material = Text(Emitter.Material);
    Told.mass_kg = Number(Emitter.MassKg);
    Told.size_m = Number(Emitter.SizeCm * Settings->UnitsPerMetre / 100.0f);  // in our own unit of length
    Told.gain_db = Emitter.GainDb;
    Told.priority = Emitter.ServerPriority;
    Told.position_m = Plain(Emitter.GetComponentLocation());
    State->Client.create(Plain(Emitter.Id), Told);
    if (!Settings->bSoundInUnreal || State->Client.audio_address().empty()) {
        return;
    }
    client::FeedOptions Feed;
    Feed.block_frames = static_cast<std::size_t>(Emitter.GetBlockFrames());
    Feed.output_frames = static_cast<std::size_t>(Settings->OutputFrames);
    Feed.safety_frames = static_cast<std::size_t>(Settings->SafetyFrames);
    Feed.source_rate_hz = static_cast<double>(State->Client.welcome()->rate);
    Feed.sink_rate_hz = Emitter.GetRateHz();
    Emitter.Hear(State->Receiver.listen(Plain(Emitter.Id), Feed));
}

void UHobnailSubsystem::Tick(float DeltaTime) {
    const int32 Now = State->Client.greetings();
    if (Now != Greetings) {
        const bool bFirst = Greetings == 0;
        Greetings = Now;
        State->Receiver.connect(State->Client.audio_address());
        for (UHobnailEmitterComponent* Emitter : Emitters) {
            if (bFirst) {  // later the client itself sets the scene up again
                Introduce(*Emitter);
            }
        }
        UE_LOG(LogHobnail, Log, TEXT("Hobnail: %s"), UTF8_TO_TCHAR(State->Client.welcome()->version.c_str()));
    }
    Hear();
    if (Greetings > 0) {
        SendFrame(DeltaTime);
    }
}

void UHobnailSubsystem::Hear() {
    for (const client::Reply& Reply : State->Client.poll()) {
        if (const auto* Refusal = std::get_if<client::Refusal>(&Reply)) {
            const FString Text = UTF8_TO_TCHAR((Refusal->problem + " " + Refusal->cure).c_str());
            UE_LOG(LogHobnail, Warning, TEXT("Hobnail: %s"), *Text);
            OnRefused.Broadcast(UTF8_TO_TCHAR(Refusal->code.c_str()), Text);
        } else if (const auto* Ended = std::get_if<client::Ended>(&Reply)) {
            OnEnded.Broadcast(UTF8_TO_TCHAR(Ended->emitter.c_str()), UTF8_TO_TCHAR(Ended->event.c_str()));
        }
    }
}

// What the emitters do at this tick, in one message.
void UHobnailSubsystem::SendFrame(float DeltaTime) {
    client::Frame& Frame = State->Frame;
    Frame.emitters.clear();
    Frame.data.clear();
    double Worst = 0.0;
    for (UHobnailEmitterComponent* Emitter : Emitters) {
        const FVector At = Emitter->GetComponentLocation();
        Frame.emitters.push_back(Plain(Emitter->Id));
        for (const double Value : {Emitter->TakeSpeed(DeltaTime), Emitter->TakeSlip(), At.X, At.Y, At.Z}) {
            Frame.data.push_back(static_cast<float>(Value));
        }
        Worst = FMath::Max(Worst, Emitter->GetFeedLatencyFrames());
    }
    if (!Frame.emitters.empty()) {
        State->Client.frame(Frame);
    }
    const auto Welcome = State->Client.welcome();
    const auto ServerFrames = Welcome->latency.total() - Welcome->latency.device_frames;
    LatencyMs = static_cast<float>((static_cast<double>(ServerFrames) + Worst) * 1000.0 / static_cast<double>(Welcome->rate));
}
