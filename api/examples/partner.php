<?php
// A partner's website in one file, for PHP 8 without extensions of its own:
//   GET  /         a form            POST /give    starts a pledge, sends the donor to pay
//   GET  /thanks   the donor's return    POST /hooks   takes signed webhooks
// Set SOLIDARITY_URL, SOLIDARITY_KEY, SOLIDARITY_SITE (this site's own address) and
// SOLIDARITY_WEBHOOK_SECRET; for trying: php -S 127.0.0.1:3000 partner.php
// Called as `php partner.php pledge 5000` it starts a pledge of 50.00 EUR and prints it;
// `php partner.php refund donations/d_…` asks for a refund.

function call(string $method, string $path, ?array $body = null): array
{
    $headers = ['Authorization: Bearer ' . getenv('SOLIDARITY_KEY'), 'Content-Type: application/json'];
    if ($body !== null) { // one effect, however often it is repeated with this key
        $headers[] = 'Idempotency-Key: ' . bin2hex(random_bytes(16));
    }
    $answer = file_get_contents(getenv('SOLIDARITY_URL') . $path, false, stream_context_create(['http' => [
        'method' => $method, 'header' => $headers, 'ignore_errors' => true, 'timeout' => 30,
        'content' => $body === null ? '' : json_encode($body ?: new stdClass()),
    ]]));
    $data = json_decode((string) $answer, true);
    if (!preg_match('/ 2\d\d /', ($http_response_header[0] ?? '') . ' ')) {
        throw new RuntimeException(($data['reason'] ?? 'NO_ANSWER') . ': ' . ($data['detail'] ?? $data['title'] ?? ''));
    }
    return $data;
}

function pledge(string $minorUnits): array
{
    return call('POST', '/v1/pledges', [
        'amount' => ['minorUnits' => $minorUnits, 'currencyCode' => 'EUR'],
        'designations' => [['fund' => 'funds/general']],
        'returnUrl' => getenv('SOLIDARITY_SITE') . '/thanks',
    ]);
}

function verified(string $body, string $id, string $at, string $signatures): bool
{
    $secret = base64_decode(substr((string) getenv('SOLIDARITY_WEBHOOK_SECRET'), strlen('whsec_')));
    $want = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$at.$body", $secret, true));
    foreach (explode(' ', $signatures) as $one) {
        if (abs(time() - (int) $at) < 300 && hash_equals($want, $one)) {
            return true;
        }
    }
    return false;
}

if (PHP_SAPI === 'cli') {
    [, $verb, $what] = $argv + ['', '', ''];
    echo json_encode($verb === 'refund' ? call('POST', "/v1/$what:requestRefund", []) : pledge($what ?: '5000')), "\n";
    exit;
}
switch ($_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    case 'GET /':
        echo '<form method="post" action="/give"><label>EUR <input name="euros" value="50" inputmode="numeric"></label> <button>Give</button></form>';
        break;
    case 'POST /give':
        header('Location: ' . pledge((string) (100 * (int) $_POST['euros']))['checkoutUrl'], true, 303);
        break;
    case 'GET /thanks': // the page says thank you; whether the money came, the webhook says
        echo '<p>Thank you.</p>';
        break;
    case 'POST /hooks':
        $body = file_get_contents('php://input');
        $good = verified($body, $_SERVER['HTTP_WEBHOOK_ID'] ?? '', $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '');
        http_response_code($good ? 204 : 400);
        if ($good) { // note the id: the same message may come again
            error_log(json_decode($body, true)['type']);
        }
        break;
    default:
        http_response_code(404);
}
