import SampleWebapp
import Testing

@Suite struct FormFieldsTests {
    @Test(
        arguments: [
            ("deviceid=1", "1"), ("a=2&deviceid=1", "1"), ("deviceid=1&deviceid=2", "1"), ("deviceid=", ""), ("deviceid", ""),
            ("deviceid=a+b", "a b"), ("deviceid=19%3A47%3a03", "19:47:03"), ("deviceid=%zz", "%zz"), ("deviceid=%", "%"),
            ("deviceid=%4", "%4"),
            ("deviceid=%41", "A"), ("deviceid=a=b", "a=b"), ("device%69d=enc", "enc"), ("&&deviceid=1", "1"), ("deviceid=%26&x", "&"),
            ("deviceid=%E2%82%AC", "€"), ("", nil), ("deviceidx=1", nil), ("xdeviceid=1", nil), ("DEVICEID=1", nil), ("a;deviceid=1", nil),
        ] as [(String, String?)])
    func findsAndDecodes(form: String, value: String?) {
        var output: [UInt8] = []
        let found = Array(form.utf8).withUnsafeBytes { FormFields.appendValue(of: "deviceid", in: $0, to: &output) }
        #expect(found == (value != nil))
        #expect(String(decoding: output, as: UTF8.self) == value ?? "")
    }
}
