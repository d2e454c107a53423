import LoadModel
import Statistics

extension IntervalRecorder {
    /// Stands in until Statistics counts measurements.
    func record(_ measurement: Measurement) {}
}
