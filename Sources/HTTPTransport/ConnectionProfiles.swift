import LoadModel

/// How the user classes reach their target: their profiles, completed by the transport's options, each distinct one once. Never changed.
struct ConnectionProfiles {
    /// The distinct ones; the first is what holds without a class's own.
    let distinct: [ConnectionProfile]
    /// Which of them each class has.
    private let ofClass: [Int]

    /// `profiles`: one for each user class; what it leaves open is taken from the options.
    init(_ profiles: [ConnectionProfile], options: TransportOptions) {
        var distinct = [ConnectionProfile(proxy: options.proxy, certificate: options.certificate)]
        ofClass = profiles.map { profile in
            let whole = ConnectionProfile(proxy: profile.proxy ?? options.proxy, certificate: profile.certificate ?? options.certificate)
            if let known = distinct.firstIndex(of: whole) { return known }
            distinct.append(whole)
            return distinct.count - 1
        }
        self.distinct = distinct
    }

    /// The position in `distinct` of a class's profile.
    func position(ofClass index: Int) -> Int { index < ofClass.count ? ofClass[index] : 0 }
}
