// The public surface: named re-exports and nothing else. `framenest/client` is the part that browsers can use.

// The product, and the operators that it is made of.
export { pipeline } from './pipeline/pipeline.ts';
export type { PipelineParts } from './pipeline/pipeline.ts';
export { decodeTarget } from './pipeline/decode-target.ts';
export { ladderOf, layoutOf, policyOf, selectorOf } from './pipeline/choosers.ts';
export { parsePipelineOptions } from './pipeline/pipeline-options.ts';
export type { PipelineOptions, PipelineOptionsInput } from './pipeline/pipeline-options.ts';
export { surveyBudget } from './pipeline/survey-budget.ts';
export type { Survey } from './pipeline/survey-budget.ts';
export { decode } from './operators/decode.ts';
export { deliver } from './operators/deliver.ts';
export type { Sink } from './operators/deliver.ts';
export { encode } from './operators/encode.ts';
export { StreamCounts, measure } from './operators/measure.ts';
export { nest } from './operators/nest.ts';
export { pack } from './operators/pack.ts';
export type { StreamHeader } from './operators/pack.ts';
export { proposeScale } from './operators/propose-scale.ts';
export { scoreChange } from './operators/score-change.ts';
export { selectTokens } from './operators/select-tokens.ts';
export type { EncodedFrame, NestedFrame, ScaledFrame, ScoredFrame } from './operators/records.ts';

// Video in.
export { Camera } from './pipeline/camera.ts';
export type { CameraOptions } from './pipeline/camera.ts';
export { openSource } from './decode/open-source.ts';
export type { DecoderChoice, OpenOptions } from './decode/open-source.ts';
export { sampleClip } from './jobs/sample-clip.ts';

// Vision encoders.
export { openEncoder } from './encode/open-encoder.ts';
export { EncoderShare } from './encode/encoder-share.ts';
export type { EncoderSeat, SeatOptions } from './encode/encoder-seat.ts';
export { listEncoders } from './encode/known-encoders.ts';

// Scales: the nested algebra, what the receiver holds, who decides.
export { Activity } from './change/activity.ts';
export type { ActivityEvent, ActivityFrame } from './change/activity.ts';
export { ignoredCells } from './change/ignored-cells.ts';
export type { CellMask } from './change/ignored-cells.ts';
export { ChangeDetector } from './change/change-detector.ts';
export type { ChangeDetectorOptions } from './change/change-detector.ts';
export { changePolicy } from './scales/change-policy.ts';
export type { ChangePolicyOptions } from './scales/change-policy.ts';
export { fixedPolicy } from './scales/fixed-policy.ts';
export { BudgetPlan, surveyPrices } from './scales/budget-plan.ts';
export { budgetSpending } from './scales/budget-spending.ts';
export { fidelitySpending } from './scales/fidelity-spending.ts';
export { gatePolicy } from './scales/gate-policy.ts';
export type { GateOptions } from './scales/gate-policy.ts';
export { cappedLadder, defaultLadder, makeLadder, scaleOf } from './scales/ladder.ts';
export type { LayoutName } from './scales/layout.ts';
export { pool } from './scales/pool.ts';
export { rateSpending } from './scales/rate-spending.ts';
export type { RateOptions } from './scales/rate-spending.ts';
export { ReceiverGrid } from './scales/receiver-grid.ts';
export { ReceiverState } from './scales/receiver-state.ts';
export { refine, refinement } from './scales/refine.ts';
export type { ScaleChoice, ScalePolicy, ScaleReason } from './scales/scale-policy.ts';
export type { Allowance, Moment, SpendingRule } from './scales/spending.ts';
export { TokenSelector } from './scales/token-selector.ts';

// Packets, files, sockets.
export { dequantize, quantize } from './wire/quantize.ts';
export { decodePacket, encodePacket } from './wire/packet-codec.ts';
export { CreditWindow } from './flow/credit-window.ts';
export { inspect } from './jobs/inspect.ts';
export type { PartReport } from './jobs/inspect.ts';
export { readManifest } from './jobs/manifest.ts';
export type { Manifest, ManifestPart } from './jobs/manifest.ts';
export { runJob } from './jobs/run-job.ts';
export type { RunJob, RunProgress, RunReport } from './jobs/run-job.ts';
export type { LoggedPacket, PacketLog } from './log/packet-log.ts';
export { LogStore } from './log/log-store.ts';
export type { LogStoreOptions } from './log/log-store.ts';
export type { LogKeep } from './log/retention.ts';
export { PacketRing } from './log/packet-ring.ts';
export type { PacketRingLimits } from './log/packet-ring.ts';
export { startServer } from './server/server.ts';
export type { RunningServer, ServerOptions } from './server/server.ts';
export type { AccessRule } from './server/access.ts';
export { readTls } from './server/tls.ts';
export type { TlsFiles, TlsIdentity } from './server/tls.ts';
export { TokenStream } from './server/token-stream.ts';
export type { TokenStreamParts } from './server/stream-parts.ts';
export type { StreamTotals } from './log/packet-log.ts';
export { connect } from './client/connect.ts';
export type { ConnectOptions } from './client/connect.ts';
export type { Client, ListenOptions } from './client/client.ts';
export { viewOf, wholeView } from './view/view-of.ts';
export type { ViewOptions } from './view/view-of.ts';
export { Throttle } from './view/throttle.ts';
export type { ThrottleLimits, ThrottleOptions } from './view/throttle.ts';
export type { HeldGrid, PacketView, ViewGeometry } from './view/packet-view.ts';
export { GridRebuilder } from './view/grid-rebuilder.ts';
export type { RebuiltFrame, TokenGeometry } from './view/grid-rebuilder.ts';
export { observe, observeEvents } from './client/observe.ts';
export type { Access as ClientAccess } from './client/access.ts';
export type { Amounts } from './client/credit-account.ts';
export type { ConnectionState, StateChange } from './client/link.ts';
export type { RebuiltItem, RebuiltOptions } from './client/rebuilt.ts';
export type { RetryOptions } from './client/retry.ts';
export type { SubscribeOptions } from './client/subscribe-options.ts';
export type { SubscriptionItem } from './client/subscription.ts';
export type { StreamEvent, StreamFacts, StreamState } from './wire/control-message.ts';

// Queries: what a subscriber's question keeps fine.
export type { QueryReader, QueryRelevance, StandingQuery } from './media/query-reader.ts';
export { PatchRelevance } from './scales/query-relevance.ts';
export type { PatchNorm, PatchProjection } from './scales/query-relevance.ts';
export { cutAround, keptCells, salience } from './scales/query-cut.ts';
export { countOutliers, outlierFactors } from './scales/outliers.ts';
export { QueryView } from './view/query-view.ts';

// To a language model: windows, hosts, answers.
export { ContextWindow } from './llm/window/context-window.ts';
export type { WindowFigures } from './llm/window/context-window.ts';
export { EvenWindow } from './llm/window/even-window.ts';
export type { ContextWindowOptions } from './llm/window/window-options.ts';
export type { Aging, CountedContent } from './llm/window/aging.ts';
export { tokenAging } from './llm/window/token-aging.ts';
export { pictureAging } from './llm/window/picture-aging.ts';
export { GridFrames, originOf, tokenFrames } from './llm/token-frames.ts';
export { videoTokens } from './llm/video-tokens.ts';
export type { VideoTokens } from './llm/video-tokens.ts';
export { pictureFrames, pictureTarget } from './llm/pictures/picture-frames.ts';
export type { PictureOptions } from './llm/pictures/picture-frames.ts';
export { stillFrames } from './llm/pictures/still-frames.ts';
export type {
  HeldFrame,
  PictureContent,
  TokenContent,
  TokenOrigin,
  WindowFrame,
  WindowPart,
  WindowView,
} from './llm/window-frame.ts';
export { openHost } from './llm/open-host.ts';
export type { HostChoice } from './llm/open-host.ts';
export type { HostOptions, HostQuestion, LlmHost, PictureHost, TokenExpectation, TokenHost } from './llm/host.ts';
export { ask } from './llm/ask/ask.ts';
export type { AskedWindow, Asking } from './llm/ask/asking.ts';
export type { AskEvent, AskedSpan } from './llm/ask/ask-event.ts';
export type { Feed, FeedItem } from './llm/ask/feed.ts';
export { summarize } from './llm/summary/summarize.ts';
export type { Summary, SummaryJob } from './llm/summary/summarize.ts';
export { NoteFolder } from './llm/summary/note-folder.ts';
export type { Note } from './llm/summary/note.ts';
export { summaryMarkdown, summaryReport } from './llm/summary/summary-report.ts';
export type { SummaryReport } from './llm/summary/summary-report.ts';

// A configuration, run.
export { readConfig } from './config/read-config.ts';
export type { ServeConfig, SourceConfig } from './config/serve-config.ts';
export { Service } from './service/service.ts';

// The nouns.
export { FramenestError, errorCodes } from './errors.ts';
export type { ErrorCode, ErrorFacts } from './errors.ts';
export type { ChangeScore } from './media/change-score.ts';
export type { DecodeTarget, FrameSource, SourceFacts } from './media/frame-source.ts';
export type { Frame } from './media/frame.ts';
export type { Region } from './media/region.ts';
export type { SourceState, SourceStatus } from './media/source-status.ts';
export type { FrameKind, Packet, PacketFrame, PacketHeader, TokenDtype } from './media/packet.ts';
export type { PatchGrid } from './media/patch-grid.ts';
export { formatTime, seconds, ticks } from './media/timebase.ts';
export type { Pts, Timebase } from './media/timebase.ts';
export { ceiling } from './media/token-scale.ts';
export type { Ladder, TokenScale } from './media/token-scale.ts';
export type { EncoderFacts, ResizeMode, VisionEncoder } from './media/vision-encoder.ts';
